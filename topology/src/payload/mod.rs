//! What clients send with an action and what they get back. JSON is camelCase, times are RFC 3339 in UTC.
//!
//! A payload type says what a field is; [`Payload::check`] says what else must hold. Both are enforced once, where a
//! command enters the system, with every mistake in one answer.

pub mod auth;
pub mod chat;
pub mod notify;
pub mod users;

use std::{borrow::Cow, fmt, marker::PhantomData};

use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::{
    Deserialize, Serialize,
    de::{DeserializeOwned, Error, MapAccess, Visitor, value::MapAccessDeserializer},
};
use time::OffsetDateTime;

use crate::failure::Violations;

/// The payload of an action.
pub trait Payload: DeserializeOwned + Serialize + JsonSchema {
    /// Notes what is wrong beyond the types.
    fn check(&self, _violations: &mut Violations) {}
}

/// A structure that is an object in JSON and nothing else: serde would take an array as well, field by field.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct Object<T>(pub T);

impl<T: JsonSchema> JsonSchema for Object<T> {
    fn inline_schema() -> bool {
        T::inline_schema()
    }

    fn schema_name() -> Cow<'static, str> {
        T::schema_name()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        T::json_schema(generator)
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Object<T> {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Fields<T>(PhantomData<T>);

        impl<'de, T: Deserialize<'de>> Visitor<'de> for Fields<T> {
            type Value = T;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<T, A::Error> {
                T::deserialize(MapAccessDeserializer::new(map))
            }
        }

        deserializer.deserialize_map(Fields(PhantomData)).map(Self)
    }
}

/// A point in time, RFC 3339 in UTC with milliseconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, JsonSchema)]
#[schemars(with = "String", extend("format" = "date-time"))]
pub struct Timestamp(pub OffsetDateTime);

impl Timestamp {
    /// The present, in whole milliseconds (as MongoDB stores it).
    #[must_use]
    pub fn now() -> Self {
        Self::from_millis(unix_millis())
    }

    /// From milliseconds since the Unix epoch; out of range becomes the epoch.
    #[must_use]
    pub fn from_millis(millis: i64) -> Self {
        let at = OffsetDateTime::from_unix_timestamp_nanos(i128::from(millis) * 1_000_000);
        Self(at.unwrap_or(OffsetDateTime::UNIX_EPOCH))
    }

    /// Milliseconds since the Unix epoch.
    #[must_use]
    pub fn as_millis(self) -> i64 {
        (self.0.unix_timestamp_nanos() / 1_000_000) as i64
    }
}

/// Milliseconds since the Unix epoch, now.
#[must_use]
pub fn unix_millis() -> i64 {
    (OffsetDateTime::now_utc().unix_timestamp_nanos() / 1_000_000) as i64
}

impl Serialize for Timestamp {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let (date, clock) = (self.0.date(), self.0.time());
        serializer.collect_str(&format_args!(
            "{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:03}Z",
            date.year(),
            u8::from(date.month()),
            date.day(),
            clock.hour(),
            clock.minute(),
            clock.second(),
            clock.millisecond()
        ))
    }
}

impl<'de> Deserialize<'de> for Timestamp {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let at = time::serde::rfc3339::deserialize(deserializer)?;
        at.checked_to_offset(time::UtcOffset::UTC)
            .filter(|at| (0..=9999).contains(&at.year()))
            .map(Self)
            .ok_or_else(|| D::Error::custom("must be from the years 0000 to 9999 in UTC"))
    }
}

/// The payload of an action that needs none.
#[derive(Clone, Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Nothing {}

impl Payload for Nothing {}

/// How much of a list to return, and from where.
#[derive(Clone, Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Paging {
    /// Entries per page, 1 to 100; 50 if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1, max = MAX_LIMIT))]
    pub limit: Option<u32>,
    /// `nextCursor` of the page before; absent for the first page.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cursor: Option<String>,
}

impl Payload for Paging {
    fn check(&self, violations: &mut Violations) {
        check_limit(self.limit, violations);
    }
}

/// One page of a list.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Page<T> {
    /// The entries.
    pub items: Vec<T>,
    /// The next page: send it as `cursor`; on messages as `before`, or as `after` when paging with that. `null` at the end.
    pub next_cursor: Option<String>,
}

/// The largest page.
pub const MAX_LIMIT: u32 = 100;
/// The page size when none is asked for.
pub const DEFAULT_LIMIT: u32 = 50;

fn check_limit(limit: Option<u32>, violations: &mut Violations) {
    if limit.is_some_and(|limit| limit == 0 || limit > MAX_LIMIT) {
        violations.add("limit", format!("must be 1 to {MAX_LIMIT}"));
    }
}

/// Notes a text that is too short or too long. Lengths are in Unicode scalar values.
fn check_text(
    field: &str,
    text: &str,
    range: std::ops::RangeInclusive<usize>,
    violations: &mut Violations,
) {
    if !range.contains(&text.chars().count()) {
        let (low, high) = (range.start(), range.end());
        violations.add(field, format!("must have {low} to {high} characters"));
    }
}
