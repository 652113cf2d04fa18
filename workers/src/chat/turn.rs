//! What a handler of an ordered command is given: the conversation as it is now, and where to put what must be stored.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap, HashSet},
    sync::LazyLock,
};

use warren_topology::{
    actions::{Contract, Partitioned},
    failure::Failure,
    ids::{ConversationId, FileId, MessageId, Seq, UserId},
    payload::{
        chat::{ConversationType, FileRef, FileView, MemberRole, MessageStatus},
        users::PublicUser,
    },
};

use super::{
    cache::Cache,
    change::{ChangeDoc, What},
    conversation::Conversation,
    files::FileDoc,
    mentions::{self, Named},
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

    /// Whether it makes a change, to find that when the command comes again.
    const CHANGES: bool = false;

    /// The text it writes, in which members may be named.
    fn text(_payload: &Self::Payload) -> Option<&str> {
        None
    }

    /// The message it is about, other than the one it writes.
    fn message(_payload: &Self::Payload) -> Option<&MessageId> {
        None
    }

    /// The uploaded files it sends.
    fn files(_payload: &Self::Payload) -> Vec<FileId> {
        Vec::new()
    }

    /// The people who must exist for it.
    fn people(_payload: &Self::Payload) -> Vec<UserId> {
        Vec::new()
    }

    /// Whether its answer names members.
    const SHOWS_MEMBERS: bool = false;
}

/// What the operator has set.
#[derive(Clone, Copy, Debug)]
pub struct Rules {
    /// The most members of a group.
    pub max_group_members: u32,
    /// For how long a message may be edited, in milliseconds; 0 is without limit.
    pub edit_window_ms: i64,
}

/// Why it is not known whether people exist.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Unknown;

/// People by id, as far as they exist.
pub type People = HashMap<UserId, PublicUser>;

/// How long a file that is to be sent must last at least, in milliseconds: longer than storing may take.
pub(super) const SENDING: i64 = 10 * 60 * 1_000;

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
    /// The change it made before, if it did.
    pub changed: Option<ChangeDoc>,
    /// The messages that commands of this batch are about, as they were before it.
    pub(super) targets: &'a HashMap<MessageId, MessageDoc>,
    /// The people of this batch, unless the directory could not be asked.
    pub people: &'a Result<People, Unknown>,
    /// The people whom the texts of this batch name; nobody if the directory could not be asked.
    pub(super) named: &'a Named,
    /// The files that messages of this batch send, as far as they exist.
    pub(super) files: &'a HashMap<FileId, FileDoc>,
    /// Pairs of people, by the id of their direct conversation, of whom one has blocked the other.
    pub(super) blocked: &'a HashSet<ConversationId>,
    /// What the operator has set.
    pub rules: Rules,
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
    /// Changes.
    pub changes: Vec<ChangeDoc>,
    /// Where in `changes` what a command made is.
    pub made: HashMap<(ConversationId, String), usize>,
    /// Messages as the changes leave them.
    pub edited: HashMap<MessageId, MessageDoc>,
    /// New conversations.
    pub conversations: Vec<ConversationDoc>,
    /// Their members.
    pub members: Vec<MemberDoc>,
    /// Conversations in which something happened.
    pub active: BTreeSet<ConversationId>,
    /// Files, and the messages that send them.
    pub sent: BTreeMap<FileId, MessageId>,
    /// Members who have read or received something.
    pub watermarks: BTreeSet<(ConversationId, UserId)>,
    /// How far messages have come, by whom they have reached.
    pub statuses: BTreeMap<(ConversationId, UserId, MessageStatus), Seq>,
    /// Members whose conversation is no longer hidden.
    pub shown: BTreeSet<(ConversationId, UserId)>,
}

impl<'a> Turn<'a> {
    /// The people of this batch, nobody if the directory could not be asked: for what may go without names.
    #[must_use]
    pub fn known_people(&self) -> &'a People {
        static NOBODY: LazyLock<People> = LazyLock::new(People::new);
        self.people.as_ref().unwrap_or(&NOBODY)
    }
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

    /// Makes sure that none of those whom the caller wants in a group has blocked the caller, or is blocked by them.
    ///
    /// # Errors
    /// `FORBIDDEN` naming one.
    pub fn may_gather(&self, users: &[UserId]) -> Result<(), Failure> {
        let is_apart = |user: &&UserId| {
            let pair = ConversationId::direct(self.user, **user);
            **user != self.user && self.blocked.contains(&pair)
        };
        match users.iter().find(is_apart) {
            None => Ok(()),
            Some(user) => Err(Failure::forbidden(format!(
                "You and user {user} cannot be brought together: one of you has blocked the other. Leave them out."
            ))),
        }
    }

    fn existing_conversation(&mut self) -> Result<&mut Conversation, Failure> {
        self.cache
            .get_mut(self.id)
            .ok_or_else(|| Failure::not_found("conversation"))
    }

    /// The members whom a text of the caller's names, and whether it names everybody, which is for those to do who moderate
    /// the group.
    #[must_use]
    pub fn mentions(&self, text: &str) -> (Vec<UserId>, bool) {
        let Some(conversation) = self.conversation().filter(|_| text.contains('@')) else {
            return (Vec::new(), false);
        };
        let people = mentions::people(text, self.named, |user| conversation.member(user).is_some());
        let role = conversation.member(self.user).map(|own| own.role);
        let moderates = conversation.doc.kind == ConversationType::Group
            && matches!(role, Some(MemberRole::Owner | MemberRole::Moderator));
        (people, moderates && mentions::everybody(text))
    }

    /// Writes a message into the conversation: gives it its place and stages it.
    ///
    /// # Errors
    /// `NOT_FOUND` when the conversation does not exist.
    pub fn write(&mut self, message: MessageDoc) -> Result<MessageDoc, Failure> {
        let conversation = self.existing_conversation()?;
        let message = conversation.append(message);
        self.show(message.sender_id);
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
    /// As [`Turn::write`].
    pub fn write_again(&mut self, message: &MessageDoc) -> Result<(), Failure> {
        self.existing_conversation()?.note(message);
        self.show(message.sender_id);
        self.touch(message);
        Ok(())
    }

    /// Changes what exists: gives the change its number, takes it in and stages it.
    ///
    /// # Errors
    /// `NOT_FOUND` when the conversation does not exist.
    pub fn change(&mut self, what: What) -> Result<ChangeDoc, Failure> {
        let (user, command) = (self.user, self.request.id);
        let conversation = self.existing_conversation()?;
        let change = ChangeDoc::next(&conversation.doc, command, user, what);
        conversation.apply(&change);
        if let Some(message) = &change.what.message {
            self.staged
                .edited
                .insert(message.id.clone(), message.clone());
        }
        let name = (change.c.clone(), change.command.clone());
        self.staged.made.insert(name, self.staged.changes.len());
        self.staged.changes.push(change.clone());
        Ok(change)
    }

    /// A stored message of the conversation as it is now.
    ///
    /// # Errors
    /// `NOT_FOUND` when there is none.
    pub fn message(&self, id: &MessageId) -> Result<&MessageDoc, Failure> {
        let edited = self.staged.edited.get(id);
        edited
            .or_else(|| self.targets.get(id))
            .ok_or_else(|| Failure::not_found("message"))
    }

    /// The same, as far as it is the caller's to see.
    ///
    /// # Errors
    /// `NOT_FOUND` when there is none, or the caller has deleted the conversation since.
    pub fn visible_message(&self, id: &MessageId) -> Result<&MessageDoc, Failure> {
        let own = self.conversation().and_then(|held| held.member(self.user));
        let message = self.message(id)?;
        if own.is_none_or(|own| message.s <= own.cleared()) {
            return Err(Failure::not_found("message"));
        }
        Ok(message)
    }

    /// What a message's attachments are that were uploaded: each must be the caller's, for this conversation, and not sent yet.
    ///
    /// # Errors
    /// `INVALID_INPUT` naming the first that is not.
    pub fn uploaded(&self, attachments: &[String]) -> Result<Vec<FileView>, Failure> {
        let files = attachments.iter().enumerate().filter_map(|(at, url)| {
            let file = url.parse::<FileRef>().ok()?;
            Some((at, file.file_id))
        });
        let view = |(at, id): (usize, FileId)| {
            let file = self.files.get(&id).filter(|file| {
                file.c == *self.id
                    && file.by == self.user
                    && file.message.is_none()
                    && !self.staged.sent.contains_key(&id)
                    && file.lasts(SENDING)
            });
            file.and_then(FileDoc::view).ok_or_else(|| {
                let why = "is no file of yours that waits to be sent here: upload it again";
                Failure::invalid(format!("attachments[{at}]"), why)
            })
        };
        files.map(view).collect()
    }

    /// Lists the conversation again for those who had hidden it, unless they are not to be disturbed.
    fn show(&mut self, writer: UserId) {
        if let Some(conversation) = self.cache.get_mut(self.id) {
            for user in conversation.show(writer) {
                self.staged.shown.insert((self.id.clone(), user));
            }
        }
    }

    fn touch(&mut self, message: &MessageDoc) {
        for file in &message.files {
            let sent = (file.file_id.clone(), message.id.clone());
            self.staged.sent.extend([sent]);
        }
        self.staged.active.insert(message.c.clone());
        self.staged
            .watermarks
            .insert((message.c.clone(), message.sender_id));
    }

    /// Tells how far messages have reached the caller, with all else of this batch.
    pub fn status(&mut self, status: MessageStatus, seq: Seq) {
        let name = (self.id.clone(), self.user, status);
        self.staged.statuses.insert(name, seq);
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
