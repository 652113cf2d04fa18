//! Payloads pushed by the server and acks, borrowed from the frame: no allocation on the hot path.

use std::borrow::Cow;

use serde::Deserialize;

/// Names of the events this client looks at.
pub(crate) mod name {
    pub(crate) const MESSAGE_CREATED: &str = "message:created";
    pub(crate) const NOTIFICATION_CREATED: &str = "notification:created";
    pub(crate) const NOTIFICATION_UPDATED: &str = "notification:updated";
}

/// A message, as far as it is checked. Ids never need escapes in JSON; the content may.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct MessageView<'a> {
    /// `<conversationId>.<seq>`
    pub(crate) id: &'a str,
    /// The conversation.
    pub(crate) conversation_id: &'a str,
    /// Its place in the conversation, from 1.
    pub(crate) seq: u64,
    /// `user` or `system`.
    #[serde(rename = "type", default = "user")]
    pub(crate) kind: &'a str,
    /// Who wrote it.
    #[serde(default)]
    pub(crate) sender_id: Option<u64>,
    /// The text.
    #[serde(borrow, default)]
    pub(crate) content: Cow<'a, str>,
}

fn user() -> &'static str {
    "user"
}

/// A notification, as far as it is checked.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct NotificationView<'a> {
    /// `message`, `group_invite` or `system`.
    #[serde(rename = "type")]
    pub(crate) kind: &'a str,
    /// The conversation of a message notification.
    #[serde(default)]
    pub(crate) conversation_id: Option<&'a str>,
    /// The newest message it covers.
    #[serde(default)]
    pub(crate) last_seq: Option<u64>,
}

/// `{ok:true,data}` or `{ok:false,error}`.
#[derive(Debug, Deserialize)]
pub(crate) struct AckView<'a, T> {
    /// Whether the action was done.
    pub(crate) ok: bool,
    /// The result, when it was.
    #[serde(default = "none")]
    pub(crate) data: Option<T>,
    /// The reason, when it was not.
    #[serde(borrow, default)]
    pub(crate) error: Option<ErrorView<'a>>,
}

fn none<T>() -> Option<T> {
    None
}

/// The reason of a refusal.
#[derive(Debug, Deserialize)]
pub(crate) struct ErrorView<'a> {
    /// The stable code.
    pub(crate) code: &'a str,
}

/// What `message:send` is answered with, as far as every message's ack is looked at.
#[derive(Debug, Deserialize)]
pub(crate) struct StoredView<'a> {
    /// The message's id.
    pub(crate) id: &'a str,
    /// Its place in the conversation.
    pub(crate) seq: u64,
}

impl<'a, T: Deserialize<'a>> AckView<'a, T> {
    /// The result, or the code of the refusal (`MALFORMED` if the ack is not what the contract says).
    pub(crate) fn parse(payload: &'a str) -> Result<T, &'a str> {
        const MALFORMED: &str = "MALFORMED";
        let ack: AckView<'a, T> = serde_json::from_str(payload).map_err(|_| MALFORMED)?;
        match (ack.ok, ack.data, ack.error) {
            (true, Some(data), _) => Ok(data),
            (false, _, Some(error)) => Err(error.code),
            _ => Err(MALFORMED),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_is_read_with_what_it_has() {
        let text = r#"{"id":"c.0000000007","conversationId":"c","seq":7,"type":"user","senderId":4,
            "content":"a\nb","attachments":[],"clientId":"k","createdAt":"2026-01-01T00:00:00Z","editedAt":null}"#;
        let message: MessageView<'_> = serde_json::from_str(text).unwrap();
        assert_eq!(
            (message.id, message.conversation_id, message.seq),
            ("c.0000000007", "c", 7)
        );
        assert_eq!(message.content, "a\nb");
        assert_eq!(message.sender_id, Some(4));
    }

    #[test]
    fn acks_give_the_result_or_the_code() {
        let stored =
            AckView::<StoredView<'_>>::parse(r#"{"ok":true,"data":{"id":"c.1","seq":1,"x":2}}"#)
                .unwrap();
        assert_eq!((stored.id, stored.seq), ("c.1", 1));
        let refused = AckView::<StoredView<'_>>::parse(
            r#"{"ok":false,"error":{"code":"BUSY","message":"later"}}"#,
        );
        assert_eq!(refused.err(), Some("BUSY"));
        assert_eq!(
            AckView::<StoredView<'_>>::parse(r#"{"ok":true}"#).err(),
            Some("MALFORMED")
        );
    }

    #[test]
    fn a_notification_names_what_it_covers() {
        let text = r#"{"id":"n","type":"message","conversationId":"c","lastSeq":9,"count":3,"isRead":false}"#;
        let notification: NotificationView<'_> = serde_json::from_str(text).unwrap();
        assert_eq!(
            (
                notification.kind,
                notification.conversation_id,
                notification.last_seq
            ),
            ("message", Some("c"), Some(9))
        );
    }
}
