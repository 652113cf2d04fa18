//! Trace contexts: one id from the client's action, through the broker's headers, to the delivery.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// A W3C trace context (Trace Context, section 3.2): `00-<trace id>-<parent id>-<flags>` in lower-case
/// hexadecimal, as it travels in the header `traceparent`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct TraceParent {
    /// Names the whole trace; never zero.
    trace_id: u128,
    /// Names the step that caused the next one; never zero.
    parent_id: u64,
    /// Bit 0: sampled. The other bits are passed on as they came.
    flags: u8,
}

/// The text is not a trace context; the specification says to start a new trace then.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a W3C traceparent")]
pub struct InvalidTraceParent;

impl TraceParent {
    /// Starts a new, sampled trace.
    #[must_use]
    pub fn new() -> Self {
        Self {
            trace_id: non_zero(rand::random),
            parent_id: non_zero(rand::random),
            flags: 1,
        }
    }

    /// Reads a `traceparent` header; `None` when it is not valid, so that callers write
    /// `TraceParent::parse(header).unwrap_or_default()`.
    ///
    /// Later versions of the header are read as far as version 00 goes (section 4.3).
    #[must_use]
    pub fn parse(header: &str) -> Option<Self> {
        let mut parts = header.trim_ascii().split('-');
        let version: u8 = hex(parts.next()?, 2)?;
        let context = Self {
            trace_id: hex(parts.next()?, 32)?,
            parent_id: hex(parts.next()?, 16)?,
            flags: hex(parts.next()?, 2)?,
        };
        let more = parts.next().is_some();
        let valid = match version {
            0 => !more,
            u8::MAX => false,
            _ => true,
        };
        (valid && context.trace_id != 0 && context.parent_id != 0).then_some(context)
    }

    /// The next step of the same trace: same trace id, own parent id.
    #[must_use]
    pub fn child(self) -> Self {
        Self {
            parent_id: non_zero(rand::random),
            ..self
        }
    }

    /// The trace id as 32 lower-case hexadecimal digits, as logs and problem details carry it.
    #[must_use]
    pub fn trace_id(self) -> String {
        format!("{:032x}", self.trace_id)
    }
}

impl Default for TraceParent {
    /// A new trace.
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Display for TraceParent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            trace_id,
            parent_id,
            flags,
        } = self;
        write!(f, "00-{trace_id:032x}-{parent_id:016x}-{flags:02x}")
    }
}

impl FromStr for TraceParent {
    type Err = InvalidTraceParent;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::parse(text).ok_or(InvalidTraceParent)
    }
}

impl TryFrom<String> for TraceParent {
    type Error = InvalidTraceParent;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl From<TraceParent> for String {
    fn from(context: TraceParent) -> Self {
        context.to_string()
    }
}

/// Exactly `digits` lower-case hexadecimal digits.
fn hex<T: TryFrom<u128>>(text: &str, digits: usize) -> Option<T> {
    let lower_hex = |byte: u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte);
    if text.len() != digits || !text.bytes().all(lower_hex) {
        return None;
    }
    T::try_from(u128::from_str_radix(text, 16).ok()?).ok()
}

/// Draws until the value is not the one the specification forbids.
fn non_zero<T: Default + PartialEq>(draw: impl Fn() -> T) -> T {
    loop {
        let value = draw();
        if value != T::default() {
            return value;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const EXAMPLE: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

    #[test]
    fn reads_and_writes_the_example_of_the_specification() {
        let context = TraceParent::parse(EXAMPLE).unwrap();
        assert_eq!(context.to_string(), EXAMPLE);
        assert_eq!(context.trace_id(), "4bf92f3577b34da6a3ce929d0e0e4736");
    }

    #[test]
    fn a_child_keeps_the_trace_and_the_flags_only() {
        let context = TraceParent::parse(EXAMPLE).unwrap();
        let child = context.child();
        assert_eq!(child.trace_id(), context.trace_id());
        assert_ne!(child, context);
        assert!(child.to_string().ends_with("-01"));
    }

    #[test]
    fn new_traces_differ_and_are_valid() {
        let (one, other) = (TraceParent::new(), TraceParent::new());
        assert_ne!(one.trace_id(), other.trace_id());
        assert_eq!(TraceParent::parse(&one.to_string()), Some(one));
    }

    #[test]
    fn later_versions_are_read_as_far_as_known() {
        let later = EXAMPLE.replacen("00-", "cc-", 1) + "-what-the-future-brings";
        assert_eq!(TraceParent::parse(&later), TraceParent::parse(EXAMPLE));
    }

    #[test]
    fn refuses_what_the_specification_calls_invalid() {
        for text in [
            "",
            "00",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-",
            "00-4BF92F3577B34DA6A3CE929D0E0E4736-00f067aa0ba902b7-01",
            "00-00000000000000000000000000000000-00f067aa0ba902b7-01",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01",
            "00-4bf92f3577b34da6a3ce929d0e0e473-00f067aa0ba902b7-01",
            "ff-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
            "00-+bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-é",
        ] {
            assert_eq!(TraceParent::parse(text), None, "{text}");
        }
    }

    #[test]
    fn travels_in_json_as_a_string() {
        let context: TraceParent = serde_json::from_str(&format!("\"{EXAMPLE}\"")).unwrap();
        assert_eq!(
            serde_json::to_string(&context).unwrap(),
            format!("\"{EXAMPLE}\"")
        );
        assert!(serde_json::from_str::<TraceParent>("\"no\"").is_err());
    }
}
