//! What a batch of domain events means for people's notifications.

use std::collections::{BTreeSet, HashMap, HashSet};

use mongodb::bson::DateTime;
use warren_topology::{
    events::{DomainEvent, GroupInviteCreated, MessageStored, SystemBroadcast},
    ids::{ConversationId, MessageId, Seq, UserId},
    payload::{
        chat::{ConversationType, MessageType},
        notify::NotificationType,
    },
};

use super::{
    blocks::Blocked,
    changes::{Change, Changes},
    store::{NotificationDoc, broadcast_key},
};

/// How much of a message a notification shows, in characters.
const EXCERPT: usize = 100;

/// Whether somebody has a conversation open on a device, and sees what happens there.
pub type IsOpen<'a> = &'a dyn Fn(UserId, &ConversationId) -> bool;

/// What a batch of events means.
#[derive(Debug, Default)]
pub struct Meaning {
    /// Messages, and reading them, by member and conversation.
    pub news: HashMap<(UserId, ConversationId), News>,
    /// What else happened to conversations that concerns one member; the latest of each.
    pub cards: HashMap<(UserId, ConversationId), Card>,
    /// Words from the operators, one for each who is told.
    pub broadcasts: Vec<NotificationDoc>,
    /// Messages that were edited or deleted.
    pub changes: HashMap<MessageId, Change>,
    /// Notifications that their users have changed by hand.
    pub touched: BTreeSet<String>,
    /// Who has marked all as read, and by which command.
    pub all_read: Vec<(UserId, String)>,
    /// Whose accounts are gone.
    pub gone: Vec<UserId>,
    /// Whether some of it may have been here before.
    pub redelivered: bool,
}

/// What a batch of events means for one member of one conversation.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct News {
    /// The messages of others, by place.
    pub seqs: Vec<i64>,
    /// How far the member has read, or written, which implies it.
    pub read: i64,
    /// Whether they told that they have read, which may be known before the messages are.
    pub read_told: bool,
    /// Up to where nothing is theirs any more, if they have lost something.
    pub gone: Option<i64>,
    /// Whether they have answered a request.
    pub settled: Option<Settled>,
    /// The newest message of others.
    pub newest: Option<Shown>,
    /// The newest that mentions the member.
    pub mention: Option<Shown>,
}

/// A message that a notification shows.
#[derive(Clone, Debug, PartialEq)]
pub struct Shown {
    /// Its place.
    pub seq: i64,
    /// As which of its edits, 0 if as it was written.
    pub change: i64,
    /// What it is to the member.
    pub kind: NotificationType,
    /// A short line.
    pub title: String,
    /// The beginning of its text.
    pub content: String,
    /// Its sender.
    pub sender: UserId,
}

/// How a request was answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Settled {
    /// They talk.
    Accepted,
    /// They do not.
    Declined,
}

/// Something that a conversation notifies one member of besides its messages; of several the one with the greatest number
/// counts.
#[derive(Clone, Debug, PartialEq)]
pub struct Card {
    /// The number of the change among the conversation's.
    pub change: i64,
    /// What is shown; nothing if what was shown before is over.
    pub show: Option<CardText>,
}

/// What such a notification shows.
#[derive(Clone, Debug, PartialEq)]
pub struct CardText {
    /// What it is about.
    pub kind: NotificationType,
    /// A short line.
    pub title: String,
    /// Whose doing it is.
    pub sender: UserId,
}

/// The beginning of a text.
#[must_use]
pub fn excerpt(text: &str) -> String {
    text.chars().take(EXCERPT).collect()
}

impl Meaning {
    /// What events mean, given who has blocked whom, who has which conversation open on a device, and which messages were
    /// changed before.
    #[must_use]
    pub fn of(
        events: Vec<DomainEvent>,
        blocked: &Blocked,
        is_open: IsOpen<'_>,
        changes: &mut Changes,
        redelivered: bool,
    ) -> Self {
        let mut meaning = Self {
            changes: changes.take(&events),
            redelivered,
            ..Self::default()
        };
        for event in events {
            meaning.take(event, blocked, is_open, changes);
        }
        meaning
    }

    fn news(&mut self, user: UserId, conversation: &ConversationId) -> &mut News {
        let key = (user, conversation.clone());
        self.news.entry(key).or_default()
    }

    fn card(&mut self, user: UserId, conversation: &ConversationId, card: Card) {
        let key = (user, conversation.clone());
        match self.cards.get(&key) {
            Some(known) if known.change >= card.change => {}
            _ => drop(self.cards.insert(key, card)),
        }
    }

    fn take(
        &mut self,
        event: DomainEvent,
        blocked: &Blocked,
        is_open: IsOpen<'_>,
        changes: &Changes,
    ) {
        match event {
            // What happens to a group calls nobody, and who changes it need not have read it.
            DomainEvent::MessageStored(event) if event.message.kind == MessageType::System => {}
            DomainEvent::MessageStored(event) => self.message(event, blocked, is_open, changes),
            DomainEvent::ConversationRead(event) => {
                let news = self.news(event.user_id, &event.conversation_id);
                news.read = news.read.max(event.last_read_seq.0 as i64);
                news.read_told = true;
            }
            DomainEvent::GroupInviteCreated(event) => self.invite(event, blocked),
            DomainEvent::RequestAccepted(event) => {
                let news = self.news(event.accepted_by, &event.conversation_id);
                news.settled = Some(Settled::Accepted);
                let conversation = &event.conversation_id;
                let wanted = |user: &UserId| !is_open(*user, conversation);
                for user in event.recipients.into_iter().filter(wanted) {
                    let show = Some(CardText {
                        kind: NotificationType::Request,
                        title: "Request accepted".to_owned(),
                        sender: event.accepted_by,
                    });
                    let change = event.change as i64;
                    self.card(user, &event.conversation_id, Card { change, show });
                }
            }
            DomainEvent::RequestDeclined(event) => {
                let news = self.news(event.declined_by, &event.conversation_id);
                news.settled = Some(Settled::Declined);
            }
            DomainEvent::MemberRemoved(event) => {
                let last = event.last_seq.unwrap_or_default();
                self.over(event.user_id, &event.conversation_id, last, event.change);
            }
            DomainEvent::ConversationDeleted(event) => {
                for user in event.recipients {
                    self.over(user, &event.conversation_id, Seq::MAX, event.change);
                }
            }
            DomainEvent::ConversationCleared(event) => {
                self.over(
                    event.user_id,
                    &event.conversation_id,
                    event.seq,
                    event.change,
                );
            }
            DomainEvent::SystemBroadcast(event) => self.broadcast(&event),
            DomainEvent::NotificationsChanged(event) => match event.notification_id {
                Some(id) => drop(self.touched.insert(id)),
                None => self.all_read.push((event.user_id, event.command)),
            },
            DomainEvent::UserDeleted(event) => self.gone.push(event.user_id),
            // Taken in with their messages.
            DomainEvent::MessageUpdated(_) | DomainEvent::MessageDeleted(_) => {}
            DomainEvent::UserUpdated(_)
            | DomainEvent::UserSuspended(_)
            | DomainEvent::UserReinstated(_)
            | DomainEvent::UserBlocked(_)
            | DomainEvent::UserUnblocked(_)
            | DomainEvent::PresenceChanged(_)
            | DomainEvent::ConversationUpdated(_)
            | DomainEvent::MemberAdded(_) => {}
        }
    }

    fn message(
        &mut self,
        event: MessageStored,
        blocked: &Blocked,
        is_open: IsOpen<'_>,
        changes: &Changes,
    ) {
        let message = event.message;
        let (sender, conversation) = (message.sender_id, &message.conversation_id);
        let seq = message.seq.0 as i64;
        let is_group = event.conversation_type == ConversationType::Group;
        let title = match event.conversation_type {
            ConversationType::Direct if event.request => "Message request".to_owned(),
            ConversationType::Direct => "New message".to_owned(),
            ConversationType::Group => event.conversation_name.unwrap_or_default(),
        };
        let written = message.change.unwrap_or_default() as i64;
        let later = changes
            .of(&message.id)
            .filter(|change| change.number > written);
        let (change, content) = match later {
            Some(change) => (change.number, change.content.clone()),
            None => (written, excerpt(&message.content)),
        };
        let shown = |kind| Shown {
            seq,
            change,
            kind,
            title: title.clone(),
            content: content.clone(),
            sender,
        };
        let plain = match event.request {
            true => NotificationType::Request,
            false => NotificationType::Message,
        };
        let mentioned: HashSet<UserId> = message.mentions.iter().copied().collect();
        // Being named in a group is worth disturbing who muted it; that everybody is named is not.
        let despite_muting = message.mentions.iter().filter(|_| is_group);
        let recipients: BTreeSet<UserId> = event
            .recipients
            .iter()
            .chain(despite_muting)
            .filter(|user| **user != sender && !blocked.contains(&(**user, sender)))
            .filter(|user| !is_open(**user, conversation))
            .copied()
            .collect();
        for user in recipients {
            let is_mentioned = message.mentions_all || mentioned.contains(&user);
            let news = self.news(user, conversation);
            let is_newer = |known: &Option<Shown>| known.as_ref().is_none_or(|k| k.seq < seq);
            if is_newer(&news.newest) {
                news.newest = Some(shown(plain));
            }
            if is_mentioned && !event.request && is_newer(&news.mention) {
                news.mention = Some(shown(NotificationType::Mention));
            }
            if !news.seqs.contains(&seq) {
                news.seqs.push(seq);
            }
        }
        // Who writes has read what came before.
        let own = self.news(sender, conversation);
        own.read = own.read.max(seq);
    }

    fn invite(&mut self, event: GroupInviteCreated, blocked: &Blocked) {
        let inviter = event.invited_by;
        let wanted = |user: &UserId| !blocked.contains(&(*user, inviter));
        for user in event.recipients.into_iter().filter(wanted) {
            let show = Some(CardText {
                kind: NotificationType::GroupInvite,
                title: event.name.clone(),
                sender: inviter,
            });
            let change = event.change as i64;
            self.card(user, &event.conversation_id, Card { change, show });
        }
    }

    /// Nothing of a conversation up to a place is somebody's any more.
    fn over(&mut self, user: UserId, conversation: &ConversationId, last: Seq, change: u64) {
        let news = self.news(user, conversation);
        news.gone = news.gone.max(Some(last.0 as i64));
        let change = change as i64;
        self.card(user, conversation, Card { change, show: None });
    }

    fn broadcast(&mut self, event: &SystemBroadcast) {
        let now = DateTime::now();
        let to = |user: &UserId| NotificationDoc {
            id: broadcast_key(*user, &event.broadcast_id),
            user_id: *user,
            kind: NotificationType::System,
            title: event.title.clone(),
            content: event.content.clone(),
            conversation_id: None,
            sender_id: None,
            first_seq: 0,
            last_seq: 0,
            read_seq: 0,
            gone_seq: 0,
            shown_seq: 0,
            shown_change: 0,
            change: 0,
            count: 1,
            is_read: false,
            read_at: None,
            created_at: now,
            updated_at: now,
            changed_at: None,
            version: 1,
            deleted_by: None,
        };
        self.broadcasts.extend(event.recipients.iter().map(to));
    }
}
