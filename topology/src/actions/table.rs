use std::sync::LazyLock;

use super::{
    Action, Bytes, Contract, Method, Namespace, Pool, ROLE_ADMIN, ROLE_MODERATOR, RateClass,
    Subscribing,
};
use crate::payload::{self, Nothing, Page};

/// Who changes what others may do.
const ADMINISTRATION: &[&str] = &[ROLE_ADMIN];
/// Who looks after what others do.
const MODERATION: &[&str] = &[ROLE_ADMIN, ROLE_MODERATOR];

/// Declares the actions of one pool: an enum to dispatch on, a unit type per action that ties payload to reply, and the
/// rows.
macro_rules! actions {
    ($(#[$doc:meta])* $enum:ident in $module:ident { $($variant:ident = $name:literal: $payload:ty => $reply:ty, $row:expr;)+ }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum $enum {
            $(#[doc = concat!("`", $name, "`")] $variant,)+
        }

        impl $enum {
            /// All of them.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// The action of this name.
            #[must_use]
            pub fn parse(name: &str) -> Option<Self> {
                match name {
                    $($name => Some(Self::$variant),)+
                    _ => None,
                }
            }

            /// Its name.
            #[must_use]
            pub fn name(self) -> &'static str {
                match self {
                    $(Self::$variant => $name,)+
                }
            }
        }

        /// The contracts of these actions.
        pub mod $module {
            #[allow(unused_imports, reason = "each pool uses some of them")]
            use super::{ADMINISTRATION, Action, Bytes, Contract, MODERATION, Method, Namespace, Nothing, Page, Pool, RateClass, Subscribing, payload};

            $(
                #[doc = concat!("`", $name, "`")]
                pub struct $variant;

                impl Contract for $variant {
                    type Payload = $payload;
                    type Reply = $reply;
                    const NAME: &'static str = $name;
                }
            )+

            pub(super) fn rows() -> Vec<Action> {
                vec![$($row),+]
            }
        }
    };
}

actions! {
    /// What the auth pool handles.
    AuthAction in auth {
        Register = "auth:register": payload::auth::Register => payload::auth::SignedIn,
            Action::anywhere::<Register>(Pool::Auth, "Create an account and sign in")
                .rest(Method::Post, "/auth/register").public().rate(RateClass::SignIn).status(201).with_origin();
        Login = "auth:login": payload::auth::Login => payload::auth::SignedIn,
            Action::anywhere::<Login>(Pool::Auth, "Sign in with an e-mail address or username")
                .rest(Method::Post, "/auth/login").public().rate(RateClass::SignIn).with_origin();
        Refresh = "auth:refresh": payload::auth::Refresh => payload::auth::SignedIn,
            Action::anywhere::<Refresh>(Pool::Auth, "Renew a session; the refresh token is replaced")
                .rest(Method::Post, "/auth/refresh").public().rate(RateClass::Write).cookie("refreshToken", "refreshToken");
        Logout = "auth:logout": payload::auth::Refresh => (),
            Action::anywhere::<Logout>(Pool::Auth, "End the session of the refresh or access token")
                .rest(Method::Post, "/auth/logout").public().rate(RateClass::Write).status(204).cookie("refreshToken", "refreshToken");
        Sessions = "auth:sessions": payload::Paging => Page<payload::auth::DeviceSession>,
            Action::anywhere::<Sessions>(Pool::Auth, "The devices on which the caller is signed in, the last used first")
                .rest(Method::Get, "/auth/sessions");
        EndSession = "auth:end-session": payload::auth::SessionRef => (),
            Action::anywhere::<EndSession>(Pool::Auth, "Sign one of the caller's devices out")
                .rest(Method::Delete, "/auth/sessions/{sessionId}").rate(RateClass::Write).status(204);
        ChangePassword = "auth:password": payload::auth::ChangePassword => (),
            Action::anywhere::<ChangePassword>(Pool::Auth, "Change the password; all other sessions end")
                .rest(Method::Post, "/auth/password").rate(RateClass::SignIn).status(204);
        GrantRole = "auth:grant-role": payload::auth::RoleRef => payload::auth::Roles,
            Action::anywhere::<GrantRole>(Pool::Auth, "Give somebody a role; it holds at once")
                .rest(Method::Put, "/user/{userId}/roles/{role}").roles(ADMINISTRATION).rate(RateClass::Write);
        WithdrawRole = "auth:withdraw-role": payload::auth::RoleRef => payload::auth::Roles,
            Action::anywhere::<WithdrawRole>(Pool::Auth, "Take a role from somebody; it holds at once")
                .rest(Method::Delete, "/user/{userId}/roles/{role}").roles(ADMINISTRATION).rate(RateClass::Write);
        Suspend = "auth:suspend": payload::auth::Suspend => (),
            Action::anywhere::<Suspend>(Pool::Auth, "Suspend an account; its sessions end")
                .rest(Method::Put, "/user/{userId}/suspension").roles(MODERATION).rate(RateClass::Write).status(204);
        LiftSuspension = "auth:lift-suspension": payload::users::UserRef => (),
            Action::anywhere::<LiftSuspension>(Pool::Auth, "Let a suspended account be used again")
                .rest(Method::Delete, "/user/{userId}/suspension").roles(MODERATION).rate(RateClass::Write).status(204);
        DeleteAccount = "auth:delete-account": payload::auth::DeleteAccount => (),
            Action::anywhere::<DeleteAccount>(Pool::Auth, "End an account for good: the caller's own, or anybody's for administrators")
                .rest(Method::Delete, "/user/{userId}").rate(RateClass::Write).status(204);
    }
}

actions! {
    /// What the users pool handles.
    UsersAction in users {
        Me = "user:me": Nothing => payload::users::Me,
            Action::anywhere::<Me>(Pool::Users, "The caller's own profile").rest(Method::Get, "/user/me");
        Search = "user:search": payload::users::Search => Page<payload::users::PublicUser>,
            Action::anywhere::<Search>(Pool::Users, "Find people by the beginning of their name").rest(Method::Get, "/user/search");
        Get = "user:get": payload::users::UserRef => payload::users::Profile,
            Action::anywhere::<Get>(Pool::Users, "Somebody's page").rest(Method::Get, "/user/{userId}");
        Update = "user:update": payload::users::UpdateUser => payload::users::Profile,
            Action::anywhere::<Update>(Pool::Users, "Change a profile: the caller's own, or anybody's for administrators")
                .rest(Method::Put, "/user/{userId}").rest(Method::Patch, "/user/{userId}").rate(RateClass::Write);
        Batch = "user:batch": payload::users::UserBatch => payload::users::Users,
            Action::anywhere::<Batch>(Pool::Users, "Several people by their ids").rest(Method::Post, "/user/batch");
        List = "user:list": payload::users::ListUsers => Page<payload::users::AccountView>,
            Action::anywhere::<List>(Pool::Users, "All accounts").rest(Method::Get, "/user").roles(MODERATION);
        Block = "user:block": payload::users::UserRef => (),
            Action::anywhere::<Block>(Pool::Users, "Hear nothing more from somebody, and let them hear nothing")
                .rest(Method::Put, "/user/{userId}/block").rate(RateClass::Write).status(204);
        Unblock = "user:unblock": payload::users::UserRef => (),
            Action::anywhere::<Unblock>(Pool::Users, "Take a block back")
                .rest(Method::Delete, "/user/{userId}/block").rate(RateClass::Write).status(204);
        Presence = "presence:get": payload::users::UserBatch => payload::users::Presences,
            Action::anywhere::<Presence>(Pool::Users, "Whether people are there, or when they were last seen")
                .rest(Method::Post, "/user/presence").socket(Namespace::Chat);
        Broadcast = "notification:broadcast": payload::notify::SendBroadcast => payload::notify::Broadcast,
            Action::anywhere::<Broadcast>(Pool::Users, "Notify everybody, or some people; done in the background, bit by bit")
                .rest(Method::Post, "/notifications/broadcast").roles(ADMINISTRATION).rate(RateClass::Write).status(202);
        Blocks = "user:blocks": payload::Paging => Page<payload::users::Blocked>,
            Action::anywhere::<Blocks>(Pool::Users, "Whom the caller has blocked, the latest first").rest(Method::Get, "/user/blocks");
    }
}

actions! {
    /// What the chat pool handles in order, per conversation.
    ChatAction in chat {
        CreateConversation = "conversation:create": payload::chat::CreateConversation => payload::chat::Conversation,
            Action::in_order::<CreateConversation>("Create a conversation, or get the direct one that exists")
                .rest(Method::Post, "/chat/conversations").socket(Namespace::Chat).status(201);
        SendMessage = "message:send": payload::chat::SendMessage => payload::chat::Message,
            Action::in_order::<SendMessage>("Write a message")
                .rest(Method::Post, "/chat/conversations/{conversationId}/messages").socket(Namespace::Chat)
                .rate(RateClass::Message).status(201);
        EditMessage = "message:edit": payload::chat::EditMessage => payload::chat::Message,
            Action::in_order::<EditMessage>("Change the text of an own message")
                .rest(Method::Patch, "/chat/conversations/{conversationId}/messages/{messageId}").socket(Namespace::Chat);
        DeleteMessage = "message:delete": payload::chat::MessageRef => payload::chat::Message,
            Action::in_order::<DeleteMessage>("Delete a message: an own one, or as moderator of the group any; a tombstone stays")
                .rest(Method::Delete, "/chat/conversations/{conversationId}/messages/{messageId}").socket(Namespace::Chat);
        Accept = "conversation:accept": payload::chat::ConversationRef => payload::chat::Conversation,
            Action::in_order::<Accept>("Agree to a direct conversation that somebody else has begun; replying does, too")
                .rest(Method::Post, "/chat/conversations/{conversationId}/accept").socket(Namespace::Chat);
        Decline = "conversation:decline": payload::chat::ConversationRef => payload::chat::Conversation,
            Action::in_order::<Decline>("Refuse a direct conversation that somebody else has begun, and hide it")
                .rest(Method::Post, "/chat/conversations/{conversationId}/decline").socket(Namespace::Chat);
        UpdateConversation = "conversation:update": payload::chat::UpdateConversation => payload::chat::Conversation,
            Action::in_order::<UpdateConversation>("Give a group another name or picture, as its owner or moderator")
                .rest(Method::Patch, "/chat/conversations/{conversationId}").socket(Namespace::Chat);
        AddMembers = "conversation:add-member": payload::chat::AddMembers => payload::chat::Conversation,
            Action::in_order::<AddMembers>("Put people into a group, as its owner or moderator")
                .rest(Method::Post, "/chat/conversations/{conversationId}/members").socket(Namespace::Chat);
        RemoveMember = "conversation:remove-member": payload::chat::MemberRef => payload::chat::ConversationDone,
            Action::in_order::<RemoveMember>("Take somebody out of a group, as its owner or moderator; oneself is to leave")
                .rest(Method::Delete, "/chat/conversations/{conversationId}/members/{userId}").socket(Namespace::Chat);
        ChangeRole = "conversation:change-role": payload::chat::ChangeRole => payload::chat::Conversation,
            Action::in_order::<ChangeRole>("Say what a member may do, as the group's owner")
                .rest(Method::Patch, "/chat/conversations/{conversationId}/members/{userId}").socket(Namespace::Chat);
        Promote = "conversation:promote": payload::chat::MemberRef => payload::chat::Conversation,
            Action::in_order::<Promote>("Make a member a moderator, as the group's owner").socket(Namespace::Chat);
        Demote = "conversation:demote": payload::chat::MemberRef => payload::chat::Conversation,
            Action::in_order::<Demote>("Make a moderator a member, as the group's owner").socket(Namespace::Chat);
        Transfer = "conversation:transfer": payload::chat::MemberRef => payload::chat::Conversation,
            Action::in_order::<Transfer>("Hand a group over to another member, as its owner").socket(Namespace::Chat);
        LeaveGroup = "conversation:leave-group": payload::chat::ConversationRef => payload::chat::ConversationDone,
            Action::in_order::<LeaveGroup>("Leave a group for good; an owner hands it over to the longest-serving moderator, else member")
                .rest(Method::Post, "/chat/conversations/{conversationId}/leave").socket(Namespace::Chat);
        DeleteConversation = "conversation:delete": payload::chat::ConversationRef => payload::chat::ConversationDone,
            Action::in_order::<DeleteConversation>("End a group for all, as its owner; clear a direct conversation for oneself")
                .rest(Method::Delete, "/chat/conversations/{conversationId}").socket(Namespace::Chat);
        UpdateSettings = "conversation:settings": payload::chat::UpdateSettings => payload::chat::ConversationSettings,
            Action::in_order::<UpdateSettings>("Mute, pin or archive a conversation, for oneself")
                .rest(Method::Patch, "/chat/conversations/{conversationId}/settings").socket(Namespace::Chat);
        MessageDelivered = "message:delivered": payload::chat::MessageRef => payload::chat::DeliveryState,
            Action::in_order::<MessageDelivered>("A message, and all before it, has reached a device of the caller's").socket(Namespace::Chat);
        MessageRead = "message:read": payload::chat::MessageRef => payload::chat::ReadState,
            Action::in_order::<MessageRead>("A message, and all before it, has been read").socket(Namespace::Chat);
        MarkRead = "conversation:mark-read": payload::chat::MarkRead => payload::chat::ReadState,
            Action::in_order::<MarkRead>("Mark a conversation as read")
                .rest(Method::Post, "/chat/conversations/{conversationId}/read").socket(Namespace::Chat);
    }
}

actions! {
    /// What any chat worker may answer.
    ChatQuery in query {
        ListConversations = "conversation:list": payload::chat::ListConversations => Page<payload::chat::Conversation>,
            Action::anywhere::<ListConversations>(Pool::Chat, "The caller's conversations, newest activity first")
                .rest(Method::Get, "/chat/conversations").socket(Namespace::Chat);
        GetConversation = "conversation:get": payload::chat::ConversationRef => payload::chat::Conversation,
            Action::anywhere::<GetConversation>(Pool::Chat, "One conversation with its members")
                .rest(Method::Get, "/chat/conversations/{conversationId}").socket(Namespace::Chat);
        ListMembers = "conversation:members": payload::chat::ListMembers => Page<payload::chat::Member>,
            Action::anywhere::<ListMembers>(Pool::Chat, "A page of a conversation's members, the longest-serving first")
                .rest(Method::Get, "/chat/conversations/{conversationId}/members").socket(Namespace::Chat);
        ListMessages = "message:list": payload::chat::ListMessages => Page<payload::chat::Message>,
            Action::anywhere::<ListMessages>(Pool::Chat, "A page of a conversation's history, in order")
                .rest(Method::Get, "/chat/conversations/{conversationId}/messages").socket(Namespace::Chat);
        SearchMessages = "message:search": payload::chat::SearchMessages => Page<payload::chat::Message>,
            Action::anywhere::<SearchMessages>(Pool::Chat, "Find messages by the words in them, in all conversations of the caller or in one; the newest first")
                .rest(Method::Get, "/chat/search").socket(Namespace::Chat);
        Join = "conversation:join": payload::chat::ConversationRef => payload::chat::ConversationRef,
            Action::anywhere::<Join>(Pool::Chat, "The socket shows a conversation from now on: it hears who is typing in it, and the caller is not notified of what is new there; it is no matter of membership")
                .socket(Namespace::Chat).topic(Subscribing::Begin, "conversationId");
        Leave = "conversation:leave": payload::chat::ConversationRef => payload::chat::ConversationRef,
            Action::anywhere::<Leave>(Pool::Chat, "The socket no longer shows a conversation; to leave a group is conversation:leave-group")
                .socket(Namespace::Chat).topic(Subscribing::End, "conversationId");
        CreateFile = "file:create": payload::chat::NewFile => payload::chat::FileSlot,
            Action::anywhere::<CreateFile>(Pool::Chat, "Upload a file into a conversation: the body is its bytes. It is there for a day, and for good once a message sends it")
                .rest(Method::Post, "/chat/conversations/{conversationId}/files").rate(RateClass::Write).status(201)
                .bytes(Bytes::Stored { then: CompleteFile::NAME });
        CompleteFile = "file:complete": payload::chat::StoredFile => payload::chat::FileView,
            Action::anywhere::<CompleteFile>(Pool::Chat, "The bytes of an uploaded file are stored").rate(RateClass::Write);
        GetFile = "file:get": payload::chat::FileRef => payload::chat::FileView,
            Action::anywhere::<GetFile>(Pool::Chat, "An uploaded file, for the members of its conversation")
                .rest(Method::Get, "/chat/conversations/{conversationId}/files/{fileId}").bytes(Bytes::Served);
        Sync = "conversation:sync": payload::chat::Sync => payload::chat::Synced,
            Action::anywhere::<Sync>(Pool::Chat, "Everything missed since what the caller holds")
                .rest(Method::Post, "/chat/sync").socket(Namespace::Chat);
    }
}

actions! {
    /// What members signal to each other.
    ChatSignal in signal {
        Typing = "typing": payload::chat::Typing => payload::chat::ConversationRef,
            Action::ephemeral::<Typing>("Tell the members who show the conversation that the caller is typing: repeat it every 3 s, and end it when the text is sent or left")
                .socket(Namespace::Chat);
    }
}

actions! {
    /// What the notify pool handles.
    NotifyAction in notify {
        List = "notification:list": payload::notify::ListNotifications => Page<payload::notify::Notification>,
            Action::anywhere::<List>(Pool::Notify, "The caller's notifications, newest first")
                .rest(Method::Get, "/notifications").socket(Namespace::Notifications);
        UnreadCount = "notification:unread-count": Nothing => payload::notify::UnreadCount,
            Action::anywhere::<UnreadCount>(Pool::Notify, "How many notifications are unread")
                .rest(Method::Get, "/notifications/unread/count").socket(Namespace::Notifications)
                .greeting("notification:count");
        Read = "notification:read": payload::notify::NotificationRef => payload::notify::Notification,
            Action::anywhere::<Read>(Pool::Notify, "Mark a notification as read")
                .rest(Method::Post, "/notifications/{notificationId}/read")
                .rest(Method::Patch, "/notifications/{notificationId}/read")
                .socket(Namespace::Notifications).rate(RateClass::Write);
        ReadAll = "notification:read-all": Nothing => payload::notify::UnreadCount,
            Action::anywhere::<ReadAll>(Pool::Notify, "Mark all notifications as read")
                .rest(Method::Post, "/notifications/read-all").socket(Namespace::Notifications).rate(RateClass::Write);
        Get = "notification:get": payload::notify::NotificationRef => payload::notify::Notification,
            Action::anywhere::<Get>(Pool::Notify, "One of the caller's notifications")
                .rest(Method::Get, "/notifications/{notificationId}").socket(Namespace::Notifications);
        Unread = "notification:unread": payload::notify::NotificationRef => payload::notify::Notification,
            Action::anywhere::<Unread>(Pool::Notify, "Mark a notification as unread")
                .rest(Method::Post, "/notifications/{notificationId}/unread")
                .rest(Method::Patch, "/notifications/{notificationId}/unread")
                .socket(Namespace::Notifications).rate(RateClass::Write);
        Delete = "notification:delete": payload::notify::NotificationRef => payload::notify::NotificationRef,
            Action::anywhere::<Delete>(Pool::Notify, "Delete a notification; what it is about stays")
                .rest(Method::Delete, "/notifications/{notificationId}").socket(Namespace::Notifications).rate(RateClass::Write);
    }
}

static TABLE: LazyLock<Vec<Action>> = LazyLock::new(|| {
    let pools = [
        auth::rows(),
        users::rows(),
        chat::rows(),
        query::rows(),
        signal::rows(),
        notify::rows(),
    ];
    pools.into_iter().flatten().collect()
});

/// All actions.
#[must_use]
pub fn table() -> &'static [Action] {
    &TABLE
}

/// The action of this name.
#[must_use]
pub fn find(name: &str) -> Option<&'static Action> {
    table().iter().find(|action| action.name == name)
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;
    use crate::actions::FieldKind;

    #[test]
    fn names_and_routes_are_unique() {
        let mut names = HashSet::new();
        let mut routes = HashSet::new();
        for action in table() {
            assert!(names.insert(action.name), "{} twice", action.name);
            assert!(!action.summary.is_empty());
            for rest in &action.rest {
                assert!(
                    routes.insert((rest.method, rest.path)),
                    "{} twice",
                    rest.path
                );
            }
        }
    }

    #[test]
    fn every_action_can_be_reached_and_routed() {
        let of_edges = |name| {
            table()
                .iter()
                .any(|action| action.bytes == Some(Bytes::Stored { then: name }))
        };
        for action in table() {
            let is_reached = !action.rest.is_empty() || action.socket.is_some();
            assert!(is_reached != of_edges(action.name), "{}", action.name);
        }
    }

    #[test]
    fn path_fields_are_payload_fields() {
        for action in table() {
            let kinds = action.field_kinds();
            for rest in &action.rest {
                for part in rest
                    .path
                    .split('/')
                    .filter_map(|part| part.strip_prefix('{'))
                {
                    let field = part.trim_end_matches('}');
                    assert!(
                        kinds.iter().any(|(name, _)| name == field),
                        "{} {field}",
                        action.name
                    );
                }
            }
        }
    }

    #[test]
    fn numbers_in_queries_are_known_as_numbers() {
        let kinds = find("message:list").expect("in the table").field_kinds();
        assert!(
            kinds.contains(&("before".into(), FieldKind::Integer)),
            "{kinds:?}"
        );
        assert!(
            kinds.contains(&("limit".into(), FieldKind::Integer)),
            "{kinds:?}"
        );
        assert!(
            kinds.contains(&("conversationId".into(), FieldKind::Text)),
            "{kinds:?}"
        );
    }
}
