use std::collections::HashMap;

use schemars::{Schema, SchemaGenerator};
use serde::de::IgnoredAny;
use serde_json::Value;
use serde_path_to_error::Segment;

use crate::{
    failure::{Failure, Violations},
    ids::{ConversationId, MessageId, Partition, UserId},
    names::partition_key,
    payload::{
        Object, Payload,
        chat::{
            AddMembers, ChangeRole, ConversationRef, ConversationType, CreateConversation,
            EditMessage, MarkRead, MemberRef, MessageRef, SendMessage, UpdateConversation,
            UpdateSettings,
        },
    },
};

/// What is known of a command besides its payload when it enters the system.
#[derive(Clone, Copy, Debug)]
pub struct Context<'a> {
    /// Who sends it, if signed in.
    pub caller: Option<UserId>,
    /// The command's id, unique in time and space.
    pub command: &'a str,
    /// How many partitions the chat pool has.
    pub partitions: u16,
}

/// A payload that keeps its contract.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Admitted {
    /// The partition of its conversation, for actions handled in order.
    pub partition: Option<Partition>,
}

/// A payload that concerns one conversation, within which commands are handled in order.
pub trait Partitioned: Payload {
    /// The conversation, or what is wrong for this caller. `command` is the command's id.
    ///
    /// # Errors
    /// A payload that no caller, or not this one, may send.
    fn conversation(&self, caller: UserId, command: &str) -> Result<ConversationId, Failure>;
}

macro_rules! partitioned_by_id {
    ($($payload:ty),+) => {
        $(impl Partitioned for $payload {
            fn conversation(&self, _caller: UserId, _command: &str) -> Result<ConversationId, Failure> {
                Ok(self.conversation_id.clone())
            }
        })+
    };
}

partitioned_by_id!(
    SendMessage,
    MarkRead,
    ConversationRef,
    UpdateConversation,
    AddMembers,
    MemberRef,
    ChangeRole,
    UpdateSettings
);

impl Partitioned for EditMessage {
    fn conversation(&self, _caller: UserId, _command: &str) -> Result<ConversationId, Failure> {
        of_message(&self.message_id, self.conversation_id.as_ref())
    }
}

impl Partitioned for MessageRef {
    fn conversation(&self, _caller: UserId, _command: &str) -> Result<ConversationId, Failure> {
        of_message(&self.message_id, self.conversation_id.as_ref())
    }
}

/// The conversation of a message, which must be the one that is named, if one is.
fn of_message(id: &MessageId, named: Option<&ConversationId>) -> Result<ConversationId, Failure> {
    let conversation = id.conversation();
    match named {
        Some(named) if *named != conversation => Err(Failure::not_found("message")),
        _ => Ok(conversation),
    }
}

impl Partitioned for CreateConversation {
    fn conversation(&self, caller: UserId, command: &str) -> Result<ConversationId, Failure> {
        match (self.kind, self.participant_ids.as_slice()) {
            (ConversationType::Direct, [other]) if *other != caller => {
                Ok(ConversationId::direct(caller, *other))
            }
            (ConversationType::Direct, _) => Err(Failure::invalid(
                "participantIds",
                "must name exactly one other person for a direct conversation",
            )),
            (ConversationType::Group, _) => {
                let key = self.client_id.as_ref().map_or(command, |id| id.as_str());
                Ok(ConversationId::group(caller, key))
            }
        }
    }
}

/// The most fields of one payload that are named as wrong.
const MAX_MISTAKES: usize = 20;

/// Reads a payload, naming every mistake: all fields that are unknown, missing or of the wrong type; and what is wrong
/// beyond the types, unless a field that must be there cannot be read.
///
/// # Errors
/// [`Failure`] with `INVALID_INPUT`.
pub fn parse<P: Payload>(raw: &[u8]) -> Result<P, Failure> {
    let mut violations = Violations::default();
    let read = read::<P, _>(&mut serde_json::Deserializer::from_slice(raw));
    let payload = match read {
        Ok(payload) => Some(payload),
        Err(mistake) => read_rest(raw, mistake, &mut violations),
    };
    if let Some(payload) = &payload {
        let mut beyond = Violations::default();
        payload.check(&mut beyond);
        // What was left out to read the rest must not count as missing.
        if !violations.is_empty() {
            let sent: HashMap<String, IgnoredAny> = serde_json::from_slice(raw).unwrap_or_default();
            beyond.retain(|field| sent.contains_key(top(field)));
        }
        violations.add_new(beyond);
    }
    match payload {
        Some(payload) if violations.is_empty() => Ok(payload),
        _ => Err(violations.into()),
    }
}

/// The first thing that is wrong.
struct Mistake {
    /// The payload's field in which it is; none if it is the payload as a whole, or a field that is not there.
    field: Option<String>,
    path: String,
    message: String,
}

fn read<'de, P: Payload, D: serde::Deserializer<'de>>(from: D) -> Result<P, Mistake> {
    let read: Result<Object<P>, _> = serde_path_to_error::deserialize(from);
    read.map(|Object(payload)| payload).map_err(|error| {
        let path = error.path().to_string();
        Mistake {
            field: match error.path().iter().next() {
                Some(Segment::Map { key }) => Some(key.clone()),
                _ => None,
            },
            // Of what breaks off before a field has a name, no path is known.
            path: match &*path {
                "." | "?" => String::new(),
                _ => path,
            },
            message: without_position(&error.inner().to_string()),
        }
    })
}

/// The payload's field that a path leads through.
fn top(path: &str) -> &str {
    path.split(['.', '[']).next().unwrap_or(path)
}

/// What else is wrong, found by leaving out all fields that are unknown, then one after the other that cannot be read; and
/// the payload without them, if it is one.
fn read_rest<P: Payload>(raw: &[u8], first: Mistake, violations: &mut Violations) -> Option<P> {
    let Ok(Value::Object(mut fields)) = serde_json::from_slice(raw) else {
        violations.add(first.path, first.message);
        return None;
    };
    let schema = SchemaGenerator::default().into_root_schema_for::<P>();
    let missing = missing(&schema, &fields);
    let mut mistake = first;
    if let Some(known) = schema.get("properties").and_then(Value::as_object) {
        let unknown = fields.keys().filter(|name| !known.contains_key(*name));
        for name in unknown.take(MAX_MISTAKES) {
            violations.add(name, "is no field of this action");
        }
        fields.retain(|name, _| known.contains_key(name));
        if !violations.is_empty() {
            let rest = Value::Object(fields);
            match read::<P, _>(&rest) {
                Ok(payload) => return Some(payload),
                Err(next) => mistake = next,
            }
            let Value::Object(rest) = rest else {
                return None;
            };
            fields = rest;
        }
    }
    for _ in 0..MAX_MISTAKES {
        let is_field = mistake
            .field
            .as_ref()
            .is_some_and(|field| fields.remove(field).is_some());
        if !is_field {
            break;
        }
        violations.add(mistake.path, mistake.message);
        let rest = Value::Object(fields);
        match read::<P, _>(&rest) {
            Ok(payload) => return Some(payload),
            Err(next) => mistake = next,
        }
        let Value::Object(rest) = rest else { break };
        fields = rest;
    }
    for field in missing {
        violations.add(field, "is missing");
    }
    if violations.is_empty() {
        violations.add(mistake.path, mistake.message);
    }
    None
}

/// The fields that must be there and are not.
fn missing(schema: &Schema, fields: &serde_json::Map<String, Value>) -> Vec<String> {
    let required = schema.get("required").and_then(Value::as_array);
    let names = required.into_iter().flatten().filter_map(Value::as_str);
    names
        .filter(|name| !fields.contains_key(*name))
        .map(ToOwned::to_owned)
        .collect()
}

/// serde_json's message without "at line 1 column 7", which says nothing of a payload put together from several parts, and
/// without the names of Rust's types.
fn without_position(message: &str) -> String {
    let message = message
        .rsplit_once(" at line ")
        .map_or(message, |(text, _)| text);
    let types = [
        ("expected i64", "expected an integer"),
        ("expected u64", "expected a whole number"),
        ("expected u32", "expected a whole number"),
        ("expected struct", "expected an object:"),
    ];
    types
        .iter()
        .fold(message.to_owned(), |text, (rust, plain)| {
            text.replace(rust, plain)
        })
}

pub(super) fn admit<P: Payload>(raw: &[u8], _context: &Context<'_>) -> Result<Admitted, Failure> {
    parse::<P>(raw)?;
    Ok(Admitted { partition: None })
}

pub(super) fn admit_partitioned<P: Partitioned>(
    raw: &[u8],
    context: &Context<'_>,
) -> Result<Admitted, Failure> {
    let payload = parse::<P>(raw)?;
    let caller = context.caller.ok_or_else(Failure::internal)?;
    let conversation = payload.conversation(caller, context.command)?;
    Ok(Admitted {
        partition: Some(Partition::of(&conversation, context.partitions)),
    })
}

impl Admitted {
    /// The routing key of the command.
    #[must_use]
    pub fn routing_key(&self, action: &super::Action) -> String {
        match self.partition {
            Some(partition) => partition_key(partition),
            None => action
                .routing_key
                .unwrap_or(action.pool.as_str())
                .to_owned(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_mistake_of_a_payload_is_named() {
        let raw = br#"{"type":"group","participantIds":[-1],"name":" "}"#;
        let failure = parse::<CreateConversation>(raw).expect_err("two mistakes");
        let fields: Vec<_> = failure.errors.iter().map(|v| v.field.as_str()).collect();
        assert_eq!(fields, ["participantIds", "name"]);
    }

    #[test]
    fn fields_that_cannot_be_read_are_all_named() {
        let fields = |raw: &str| {
            let failure = parse::<CreateConversation>(raw.as_bytes()).expect_err("mistakes");
            let mut fields: Vec<String> = failure.errors.into_iter().map(|v| v.field).collect();
            fields.sort_unstable();
            fields
        };
        for (raw, named) in [
            ("{}", &["participantIds", "type"][..]),
            (
                r#"{"type":5,"participantIds":[1,"x"],"foo":1,"bar":2}"#,
                &["bar", "foo", "participantIds[1]", "type"],
            ),
            (
                r#"{"type":"group","clientId":7,"name":" "}"#,
                &["clientId", "participantIds"],
            ),
            (
                r#"{"type":"group","clientId":7,"participantIds":[0],"name":" "}"#,
                &["clientId", "name", "participantIds"],
            ),
            (r#"{"foo":1}"#, &["foo", "participantIds", "type"]),
            (
                r#"{"type":"group","type":"group","participantIds":[1],"name":"x"}"#,
                &[""],
            ),
            ("[]", &[""]),
            ("{", &[""]),
        ] {
            assert_eq!(fields(raw), named, "{raw}");
        }
        let many: String = (0..1_000).map(|n| format!(r#""f{n}":1,"#)).collect();
        let many = format!(r#"{{{many}"type":"group"}}"#);
        // What is missing is named besides.
        assert_eq!(fields(&many).len(), MAX_MISTAKES + 1);
    }

    #[test]
    fn what_was_left_out_to_read_the_rest_does_not_count_as_missing() {
        use crate::payload::{chat::UpdateSettings, users::UpdateUser};
        let fields = |failure: Failure| -> Vec<String> {
            failure.errors.into_iter().map(|v| v.field).collect()
        };
        let user = parse::<UpdateUser>(br#"{"userId":7,"displayName":5}"#);
        assert_eq!(fields(user.expect_err("a mistake")), ["displayName"]);
        let settings = parse::<UpdateSettings>(br#"{"conversationId":"d1-2","pinned":1}"#);
        assert_eq!(fields(settings.expect_err("a mistake")), ["pinned"]);
    }

    #[test]
    fn no_payload_makes_an_answer_without_end() {
        use crate::payload::chat::SendMessage;
        let empty = vec!["\"\""; 40_000].join(",");
        let raw = format!(r#"{{"conversationId":"d1-2","content":"x","attachments":[{empty}]}}"#);
        let failure = parse::<SendMessage>(raw.as_bytes()).expect_err("mistakes");
        assert!(failure.errors.len() <= 50);
    }

    #[test]
    fn a_wrong_type_is_named_by_its_path() {
        let raw = br#"{"type":"direct","participantIds":[1,"x"]}"#;
        let failure = parse::<CreateConversation>(raw).expect_err("a wrong type");
        assert_eq!(failure.errors[0].field, "participantIds[1]");
        assert!(!failure.errors[0].message.contains("line"), "{failure:?}");
    }

    #[test]
    fn a_message_belongs_to_the_conversation_it_is_looked_for_in() {
        let of = |raw: &str| {
            let payload: MessageRef = parse(raw.as_bytes()).expect("well formed");
            payload
                .conversation(UserId(1), "c")
                .map(|id| id.to_string())
        };
        let own = of(r#"{"messageId":"d1-2.0000000003"}"#);
        assert_eq!(own.as_deref(), Ok("d1-2"));
        assert!(of(r#"{"messageId":"d1-2.0000000003","conversationId":"d1-3"}"#).is_err());
    }

    #[test]
    fn nobody_talks_to_themselves() {
        let payload: CreateConversation =
            parse(br#"{"type":"direct","participantIds":[7]}"#).expect("well formed");
        assert!(payload.conversation(UserId(7), "c").is_err());
        assert!(payload.conversation(UserId(8), "c").is_ok());
    }
}
