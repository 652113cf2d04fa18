//! Identifiers. Each can only be made by parsing or by derivation, so holding one means it is well formed.

use std::{fmt, str::FromStr, sync::Arc};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize, de};
use xxhash_rust::xxh3::{xxh3_64, xxh3_128};

/// A user's id: the PostgreSQL key, a positive integer.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(transparent)]
#[schemars(extend("minimum" = 1, "examples" = [12]))]
pub struct UserId(pub i64);

impl fmt::Display for UserId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// A message's place in its conversation, counted from 1. Zero means "before the first".
#[derive(
    Clone,
    Copy,
    Debug,
    Default,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Serialize,
    Deserialize,
    JsonSchema,
)]
#[serde(transparent)]
pub struct Seq(pub u64);

impl Seq {
    /// The largest place a [`MessageId`] can express in its ten digits.
    pub const MAX: Seq = Seq(9_999_999_999);

    /// The place after this one.
    #[must_use]
    pub fn next(self) -> Seq {
        Seq(self.0 + 1)
    }
}

impl fmt::Display for Seq {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// An identifier that is not what its type says.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("not a valid {kind} id")]
pub struct InvalidId {
    kind: &'static str,
}

macro_rules! text_id {
    ($name:ident) => {
        impl $name {
            /// The identifier as it travels.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }
        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
        impl Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(&self.0)
            }
        }
        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = <std::borrow::Cow<'de, str>>::deserialize(deserializer)?;
                text.parse().map_err(de::Error::custom)
            }
        }
    };
}

/// A conversation's id. A direct conversation's is derived from its pair of users (`d17-42`, the smaller first), so it
/// cannot exist twice; a group's is `g` and 32 hexadecimal digits derived from its creation command.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, JsonSchema)]
#[schemars(with = "String", extend("pattern" = r"^(d[1-9][0-9]{0,18}-[1-9][0-9]{0,18}|g[0-9a-f]{32})$", "examples" = ["d7-12"]))]
pub struct ConversationId(Arc<str>);
text_id!(ConversationId);

impl ConversationId {
    /// The id of the direct conversation of two users, in whatever order they are given.
    #[must_use]
    pub fn direct(one: UserId, other: UserId) -> Self {
        let (low, high) = (one.min(other), one.max(other));
        Self(format!("d{low}-{high}").into())
    }

    /// The id of the group that `creator` creates with `key` (a client id or a command id): the same for each repetition.
    #[must_use]
    pub fn group(creator: UserId, key: &str) -> Self {
        Self(format!("g{:032x}", xxh3_128(format!("{creator}/{key}").as_bytes())).into())
    }

    /// The two users of a direct conversation; `None` for a group.
    #[must_use]
    pub fn pair(&self) -> Option<(UserId, UserId)> {
        let (low, high) = self.0.strip_prefix('d')?.split_once('-')?;
        Some((UserId(low.parse().ok()?), UserId(high.parse().ok()?)))
    }
}

impl FromStr for ConversationId {
    type Err = InvalidId;

    fn from_str(text: &str) -> Result<Self, InvalidId> {
        let canonical = |digits: &str| {
            digits.parse::<i64>().is_ok_and(|n| n > 0) && !digits.starts_with(['0', '+'])
        };
        let valid = match text.as_bytes().first() {
            Some(b'd') => text[1..]
                .split_once('-')
                .is_some_and(|(low, high)| canonical(low) && canonical(high)),
            Some(b'g') => {
                text.len() == 33
                    && text[1..]
                        .bytes()
                        .all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'))
            }
            _ => false,
        };
        if valid {
            Ok(Self(text.into()))
        } else {
            Err(InvalidId {
                kind: "conversation",
            })
        }
    }
}

/// A message's id: its conversation and its [`Seq`] in ten digits, so that ids sort as messages do and the id alone
/// tells the partition.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, JsonSchema)]
#[schemars(with = "String", extend("pattern" = r"^(d[1-9][0-9]{0,18}-[1-9][0-9]{0,18}|g[0-9a-f]{32})\.[0-9]{10}$", "examples" = ["d7-12.0000000003"]))]
pub struct MessageId(Arc<str>);
text_id!(MessageId);

impl MessageId {
    /// The id of the message at `seq` of `conversation`.
    #[must_use]
    pub fn new(conversation: &ConversationId, seq: Seq) -> Self {
        Self(format!("{conversation}.{:010}", seq.0).into())
    }

    /// The conversation.
    #[must_use]
    pub fn conversation(&self) -> ConversationId {
        let id = self.0.rsplit_once('.').map_or("", |(id, _)| id);
        ConversationId(id.into())
    }

    /// The place in the conversation.
    #[must_use]
    pub fn seq(&self) -> Seq {
        let digits = self.0.rsplit_once('.').map_or("0", |(_, digits)| digits);
        Seq(digits.parse().unwrap_or_default())
    }
}

impl FromStr for MessageId {
    type Err = InvalidId;

    fn from_str(text: &str) -> Result<Self, InvalidId> {
        let invalid = InvalidId { kind: "message" };
        let Some((conversation, digits)) = text.rsplit_once('.') else {
            return Err(invalid);
        };
        if digits.len() != 10
            || !digits.bytes().all(|b| b.is_ascii_digit())
            || conversation.parse::<ConversationId>().is_err()
        {
            return Err(invalid);
        }
        Ok(Self(text.into()))
    }
}

/// What a client names one creation with, so that repeating it changes nothing: 1 to 64 visible ASCII characters.
#[derive(Clone, Debug, PartialEq, Eq, Hash, JsonSchema)]
#[schemars(with = "String", extend("pattern" = r"^[!-~]{1,64}$", "examples" = ["0198c5a2-7d1e-7c31-9f5e-3c8f5d3b2a10"]))]
pub struct ClientId(Arc<str>);
text_id!(ClientId);

impl FromStr for ClientId {
    type Err = InvalidId;

    fn from_str(text: &str) -> Result<Self, InvalidId> {
        if (1..=64).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_graphic()) {
            Ok(Self(text.into()))
        } else {
            Err(InvalidId {
                kind: "client (1 to 64 visible ASCII characters)",
            })
        }
    }
}

/// An uploaded file's id: 32 hexadecimal digits, 122 bits of them random.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, JsonSchema)]
#[schemars(with = "String", extend("pattern" = r"^[0-9a-f]{32}$", "examples" = ["5f2b0c6e9d4a4b1f8a7c3e2d1b0a9f8e"]))]
pub struct FileId(Arc<str>);
text_id!(FileId);

impl FileId {
    /// One that nothing has.
    #[must_use]
    pub fn fresh() -> Self {
        Self(uuid::Uuid::new_v4().simple().to_string().into())
    }
}

impl FromStr for FileId {
    type Err = InvalidId;

    fn from_str(text: &str) -> Result<Self, InvalidId> {
        let is_hex = |b: u8| matches!(b, b'0'..=b'9' | b'a'..=b'f');
        if text.len() == 32 && text.bytes().all(is_hex) {
            Ok(Self(text.into()))
        } else {
            Err(InvalidId { kind: "file" })
        }
    }
}

/// One of the chat pool's partition queues, from 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Partition(pub u16);

impl Partition {
    /// The partition of a conversation among `count`: a stable hash, the same in every process and version.
    #[must_use]
    pub fn of(conversation: &ConversationId, count: u16) -> Self {
        let hash = xxh3_64(conversation.as_str().as_bytes());
        Self((hash % u64::from(count.max(1))) as u16)
    }
}

/// One life of an edge's or a worker's connection to the broker. A new connection is a new node: what was addressed to
/// the old one is known to be lost.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct NodeId(pub Arc<str>);

impl NodeId {
    /// A fresh node id that begins with `name`, so that an operator recognises it.
    #[must_use]
    pub fn fresh(name: &str) -> Self {
        let random: u64 = rand::random();
        Self(format!("{name}-{random:016x}").into())
    }
}

impl fmt::Display for NodeId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pair_has_one_direct_conversation() {
        let id = ConversationId::direct(UserId(42), UserId(17));
        assert_eq!(id, ConversationId::direct(UserId(17), UserId(42)));
        assert_eq!(id.as_str(), "d17-42");
        assert_eq!(id.pair(), Some((UserId(17), UserId(42))));
        assert_eq!("d17-42".parse(), Ok(id));
    }

    #[test]
    fn malformed_ids_are_refused() {
        for text in [
            "",
            "d",
            "d1",
            "d01-2",
            "d1-2-",
            "d+1-2",
            "g12",
            "x1-2",
            "dé-1",
            "d1-2.0000000001",
        ] {
            assert!(text.parse::<ConversationId>().is_err(), "{text}");
        }
        for text in ["", "d1-2", "d1-2.1", "d1-2.00000000001", "x.0000000001"] {
            assert!(text.parse::<MessageId>().is_err(), "{text}");
        }
        assert!("with space".parse::<ClientId>().is_err());
    }

    #[test]
    fn message_ids_sort_as_messages_do() {
        let conversation = ConversationId::direct(UserId(1), UserId(2));
        let nine = MessageId::new(&conversation, Seq(9));
        let ten = MessageId::new(&conversation, Seq(10));
        assert!(nine < ten);
        assert_eq!(ten.seq(), Seq(10));
        assert_eq!(ten.conversation(), conversation);
    }

    #[test]
    fn the_partition_hash_never_changes() {
        let id = ConversationId::direct(UserId(17), UserId(42));
        assert_eq!(Partition::of(&id, 16), Partition::of(&id, 16));
        let spread: std::collections::HashSet<_> = (1..200)
            .map(|n| Partition::of(&ConversationId::direct(UserId(n), UserId(n + 1)), 16))
            .collect();
        assert_eq!(spread.len(), 16);
    }
}
