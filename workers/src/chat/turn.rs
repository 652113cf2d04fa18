//! What a handler of an ordered command is given: the conversation as it is now, and where to put what must be stored.

use std::collections::{BTreeSet, HashMap};

use warren_topology::{
    actions::{Contract, Partitioned},
    failure::Failure,
    ids::{ConversationId, UserId},
    payload::users::PublicUser,
};

use super::{
    cache::Cache,
    conversation::Conversation,
    store::{ConversationDoc, MemberDoc, MessageDoc},
};
use crate::core::{Answer, Effects, Request};

/// The handler of an ordered command. It works on memory only; what it stages is stored with the whole batch.
pub trait Ordered: Contract<Payload: Partitioned> {
    /// Applies the command.
    ///
    /// # Errors
    /// What the client is told when the rules forbid it; nothing may be changed or staged then.
    fn apply(turn: &mut Turn<'_>, payload: &Self::Payload) -> Result<Answer<Self::Reply>, Failure>;

    /// Under which name the message this command writes is stored, to find it when the command comes again.
    fn writes(_payload: &Self::Payload, _command: &str) -> Option<String> {
        None
    }

    /// The people who must exist for it.
    fn people(_payload: &Self::Payload) -> &[UserId] {
        &[]
    }
}

/// Why it is not known whether people exist.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Unknown;

/// People by id, as far as they exist.
pub type People = HashMap<UserId, PublicUser>;

/// What names a message: conversation, sender, and the client's name for it.
pub type Name = (ConversationId, UserId, String);

/// One command's turn.
pub struct Turn<'a> {
    /// Who asks for what.
    pub request: Request<'a>,
    /// The user who asks.
    pub user: UserId,
    /// The conversation it is about.
    pub id: &'a ConversationId,
    /// Whether the broker delivers it again.
    pub redelivered: bool,
    /// The message it wrote before, if it did.
    pub stored: Option<MessageDoc>,
    /// The people of this batch, unless the directory could not be asked.
    pub people: &'a Result<People, Unknown>,
    /// The most members of a group.
    pub max_group_members: u32,
    /// What it causes.
    pub effects: &'a mut Effects,
    pub(super) cache: &'a mut Cache,
    pub(super) staged: &'a mut Staged,
}

/// What a batch is about to store.
#[derive(Default)]
pub struct Staged {
    /// New messages.
    pub messages: Vec<MessageDoc>,
    /// Where in `messages` what a sender named is.
    pub named: HashMap<Name, usize>,
    /// New conversations.
    pub conversations: Vec<ConversationDoc>,
    /// Their members.
    pub members: Vec<MemberDoc>,
    /// Conversations in which something happened.
    pub active: BTreeSet<ConversationId>,
    /// Members who have read or received something.
    pub watermarks: BTreeSet<(ConversationId, UserId)>,
}

impl Turn<'_> {
    /// The conversation, if it exists.
    #[must_use]
    pub fn conversation(&self) -> Option<&Conversation> {
        self.cache.get(self.id)
    }

    /// The conversation, of which the caller is a member.
    ///
    /// # Errors
    /// `NOT_FOUND` when it does not exist or is not for the caller to know of.
    pub fn own_conversation(&mut self) -> Result<&mut Conversation, Failure> {
        let user = self.user;
        self.cache
            .get_mut(self.id)
            .filter(|conversation| conversation.member(user).is_some())
            .ok_or_else(|| Failure::not_found("conversation"))
    }

    /// Writes a message into the conversation: gives it its place and stages it.
    ///
    /// # Errors
    /// As [`Turn::own_conversation`].
    pub fn write(&mut self, message: MessageDoc) -> Result<MessageDoc, Failure> {
        let message = self.own_conversation()?.append(message);
        let name = (
            message.c.clone(),
            message.sender_id,
            message.client_id.clone(),
        );
        self.staged.named.insert(name, self.staged.messages.len());
        self.staged.messages.push(message.clone());
        self.touch(&message);
        Ok(message)
    }

    /// Makes sure that a message which is stored is also the conversation's last, if it is.
    ///
    /// # Errors
    /// As [`Turn::own_conversation`].
    pub fn write_again(&mut self, message: &MessageDoc) -> Result<(), Failure> {
        self.own_conversation()?.note(message);
        self.touch(message);
        Ok(())
    }

    fn touch(&mut self, message: &MessageDoc) {
        self.staged.active.insert(message.c.clone());
        self.staged
            .watermarks
            .insert((message.c.clone(), message.sender_id));
    }

    /// Stages the caller's watermarks.
    pub fn watermark(&mut self) {
        self.staged.watermarks.insert((self.id.clone(), self.user));
    }

    /// Stages a new conversation.
    pub fn create(&mut self, conversation: Conversation) {
        self.staged.conversations.push(conversation.doc.clone());
        self.staged
            .members
            .extend(conversation.members.iter().cloned());
        self.cache.insert(conversation);
    }
}
