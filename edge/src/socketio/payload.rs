//! Several Engine.IO packets in the body of one HTTP request or answer (Engine.IO v4, "Payload").

use base64::{
    Engine, alphabet,
    engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig},
};
use bytes::Bytes;

use super::{codec::DecodeError, outbox::Frame};

/// Stands between packets.
const SEPARATOR: char = '\u{1e}';
/// In front of bytes, which travel as base64.
const BINARY: char = 'b';
/// Written with padding, read with or without.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &alphabet::STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// A packet of a payload.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Part<'a> {
    /// A text packet.
    Text(&'a str),
    /// A message of bytes.
    Binary(Bytes),
}

/// The packets of a payload, in order.
///
/// # Errors
/// [`DecodeError::Malformed`] for bytes that are no base64.
pub fn parts(payload: &str) -> impl Iterator<Item = Result<Part<'_>, DecodeError>> {
    payload
        .split(SEPARATOR)
        .map(|part| match part.strip_prefix(BINARY) {
            None => Ok(Part::Text(part)),
            Some(base64) => BASE64
                .decode(base64)
                .map(|data| Part::Binary(data.into()))
                .map_err(|_| DecodeError::Malformed("no base64")),
        })
}

/// A payload in the making.
#[derive(Debug, Default)]
pub struct Payload {
    text: String,
}

impl Payload {
    /// How many bytes it has when a packet is added.
    #[must_use]
    pub fn len_with(&self, frame: &Frame) -> usize {
        let separator = usize::from(!self.text.is_empty());
        let size = match frame {
            Frame::Text(text) => text.len(),
            Frame::Binary(data) => 1 + data.len().div_ceil(3) * 4,
        };
        self.text.len() + separator + size
    }

    /// Adds a packet.
    pub fn add(&mut self, frame: &Frame) {
        if !self.text.is_empty() {
            self.text.push(SEPARATOR);
        }
        match frame {
            Frame::Text(text) => self.text.push_str(text),
            Frame::Binary(data) => {
                self.text.push(BINARY);
                BASE64.encode_string(data, &mut self.text);
            }
        }
    }

    /// The body.
    #[must_use]
    pub fn into_bytes(self) -> Bytes {
        self.text.into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(payload: &str) -> Result<Vec<Part<'_>>, DecodeError> {
        parts(payload).collect()
    }

    #[test]
    fn packets_are_written_and_read() {
        let frames = [
            Frame::from("4hello".to_owned()),
            Frame::from(Bytes::from_static(&[1, 2, 3, 4])),
            Frame::from("4€".to_owned()),
        ];
        let mut payload = Payload::default();
        for frame in &frames {
            let expected = payload.len_with(frame);
            payload.add(frame);
            assert_eq!(payload.text.len(), expected);
        }
        assert_eq!(payload.text, "4hello\u{1e}bAQIDBA==\u{1e}4€");
        let text = payload.into_bytes();
        assert_eq!(
            read(std::str::from_utf8(&text).expect("UTF-8")),
            Ok(vec![
                Part::Text("4hello"),
                Part::Binary(Bytes::from_static(&[1, 2, 3, 4])),
                Part::Text("4€")
            ])
        );
    }

    #[test]
    fn base64_may_lack_its_padding_and_nothing_else() {
        assert_eq!(
            read("bAQIDBA"),
            Ok(vec![Part::Binary(Bytes::from_static(&[1, 2, 3, 4]))])
        );
        for bad in ["b!", "bA", "bAQ ID", "b\u{e9}"] {
            assert!(read(bad).is_err(), "{bad}");
        }
        assert_eq!(read(""), Ok(vec![Part::Text("")]));
        assert_eq!(read("\u{1e}"), Ok(vec![Part::Text(""), Part::Text("")]));
    }
}
