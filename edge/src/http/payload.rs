use std::{
    borrow::Cow,
    collections::{HashMap, HashSet},
    fmt,
};

use serde::{
    Deserialize, Deserializer,
    de::{Error, MapAccess, Visitor},
};
use serde_json::value::{RawValue, to_raw_value};
use warren_topology::{
    actions::FieldKind,
    failure::{Failure, Violations},
};

/// The longest query string.
const MAX_QUERY_BYTES: usize = 8 << 10;
/// No action has so many.
const MAX_FIELDS: usize = 64;

/// What a request says outside of its body.
pub(crate) struct Parts<'a> {
    /// Fields of the path.
    pub(crate) path: Vec<(&'static str, Cow<'a, str>)>,
    /// The query string without its question mark.
    pub(crate) query: &'a str,
    /// A field that a cookie fills when nothing else does.
    pub(crate) cookie: Option<(&'static str, &'a str)>,
}

/// Makes one JSON payload of path, query and body. A field of the path wins over the same one in the body, and that over
/// one in the query.
///
/// # Errors
/// `INVALID_INPUT`, naming every field that is not what it should be.
pub(crate) fn merge(
    parts: &Parts<'_>,
    body: &[u8],
    kinds: &HashMap<String, FieldKind>,
) -> Result<Box<RawValue>, Failure> {
    let body = match body.trim_ascii() {
        b"" => "{}",
        body => {
            std::str::from_utf8(body).map_err(|_| Failure::invalid("", "the body is not UTF-8"))?
        }
    };
    let fields: Fields<'_> = serde_json::from_str(body).map_err(|error| {
        Failure::invalid("", format!("the body must be a JSON object: {error}"))
    })?;
    if parts.path.is_empty() && parts.query.is_empty() && parts.cookie.is_none() {
        return raw(body.to_owned());
    }

    let mut violations = Violations::default();
    let mut taken: HashSet<Cow<'_, str>> = HashSet::new();
    let mut json = String::with_capacity(body.len() + 128);
    let mut put = |name: Cow<'_, str>, value: &str| {
        json.push(if json.is_empty() { '{' } else { ',' });
        json.push_str(&quoted(&name));
        json.push(':');
        json.push_str(value);
    };
    let mut coerced = |name: &str, text: &str| {
        let value = coerce(kinds.get(name).copied().unwrap_or(FieldKind::Text), text);
        value.map_err(|message| violations.add(name, message)).ok()
    };
    for (name, text) in &parts.path {
        if let Some(value) = coerced(name, text) {
            put(Cow::Borrowed(name), &value);
        }
        taken.insert(Cow::Borrowed(name));
    }
    for (name, value) in fields.0 {
        if !taken.contains(&name) {
            put(Cow::Borrowed(&name), value.get());
            taken.insert(name);
        }
    }
    for (name, text) in query_fields(parts.query)? {
        if !taken.contains(&name) {
            if let Some(value) = coerced(&name, &text) {
                put(Cow::Borrowed(&name), &value);
            }
            taken.insert(name);
        }
    }
    if let Some((name, text)) = parts.cookie
        && !taken.contains(name)
    {
        put(Cow::Borrowed(name), &quoted(text));
    }
    if !violations.is_empty() {
        return Err(violations.into());
    }
    if json.is_empty() {
        json.push('{');
    }
    json.push('}');
    raw(json)
}

fn raw(json: String) -> Result<Box<RawValue>, Failure> {
    RawValue::from_string(json).map_err(|_| Failure::invalid("", "the body must be a JSON object"))
}

fn quoted(text: &str) -> String {
    to_raw_value(text)
        .map(|json| json.get().to_owned())
        .unwrap_or_default()
}

fn coerce(kind: FieldKind, text: &str) -> Result<String, &'static str> {
    match (kind, text) {
        (FieldKind::Text, text) => Ok(quoted(text)),
        (FieldKind::Integer, text) => text
            .parse::<i64>()
            .map(|number| number.to_string())
            .map_err(|_| "must be an integer"),
        (FieldKind::Boolean, "true" | "1") => Ok("true".into()),
        (FieldKind::Boolean, "false" | "0") => Ok("false".into()),
        (FieldKind::Boolean, _) => Err("must be true or false"),
    }
}

/// A name and a value.
pub(crate) type Pair<'a> = (Cow<'a, str>, Cow<'a, str>);

/// The fields of a query string (`application/x-www-form-urlencoded`).
pub(crate) fn query_fields(query: &str) -> Result<Vec<Pair<'_>>, Failure> {
    let broken = || Failure::invalid("", "the query is not valid percent-encoded UTF-8");
    if query.len() > MAX_QUERY_BYTES {
        return Err(Failure::invalid("", "the query is too long"));
    }
    query
        .split('&')
        .filter(|pair| !pair.is_empty())
        .map(|pair| {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            let name = percent_decode(name, true).ok_or_else(broken)?;
            let value = percent_decode(value, true).ok_or_else(broken)?;
            Ok((name, value))
        })
        .collect()
}

/// Decodes percent-encoding, and `+` as a space in forms; `None` for what is not valid UTF-8 in the end.
pub(crate) fn percent_decode(text: &str, form: bool) -> Option<Cow<'_, str>> {
    if !text
        .bytes()
        .any(|byte| byte == b'%' || (form && byte == b'+'))
    {
        return Some(Cow::Borrowed(text));
    }
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        bytes.push(match byte {
            b'%' => {
                let (high, low) = (rest.next()?, rest.next()?);
                let digit = |byte: u8| char::from(byte).to_digit(16);
                u8::try_from(digit(high)? * 16 + digit(low)?).ok()?
            }
            b'+' if form => b' ',
            byte => byte,
        });
    }
    String::from_utf8(bytes).ok().map(Cow::Owned)
}

/// A JSON object as it came: its values are not read.
struct Fields<'a>(Vec<(Cow<'a, str>, &'a RawValue)>);

impl<'de> Deserialize<'de> for Fields<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Object;

        impl<'de> Visitor<'de> for Object {
            type Value = Fields<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Fields<'de>, A::Error> {
                #[derive(Deserialize)]
                struct Name<'a>(#[serde(borrow)] Cow<'a, str>);
                let mut fields = Vec::new();
                while let Some((Name(name), value)) = map.next_entry()? {
                    if fields.len() == MAX_FIELDS {
                        return Err(A::Error::custom(format!("more than {MAX_FIELDS} fields")));
                    }
                    fields.push((name, value));
                }
                Ok(Fields(fields))
            }
        }

        deserializer.deserialize_map(Object)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kinds() -> HashMap<String, FieldKind> {
        [
            ("limit", FieldKind::Integer),
            ("unreadOnly", FieldKind::Boolean),
        ]
        .map(|(name, kind)| (name.to_owned(), kind))
        .into()
    }

    fn merged(
        path: &[(&'static str, &'static str)],
        query: &str,
        body: &str,
    ) -> Result<String, Failure> {
        let path = path
            .iter()
            .map(|(name, value)| (*name, Cow::Borrowed(*value)))
            .collect();
        let parts = Parts {
            path,
            query,
            cookie: None,
        };
        merge(&parts, body.as_bytes(), &kinds()).map(|payload| payload.get().to_owned())
    }

    #[test]
    fn path_query_and_body_become_one_object() {
        assert_eq!(
            merged(
                &[("id", "a\"b")],
                "limit=5&unreadOnly=true&q=x+y%C3%A9",
                r#" {"content": [1, 2]} "#
            )
            .expect("good"),
            r#"{"id":"a\"b","content":[1, 2],"limit":5,"unreadOnly":true,"q":"x yé"}"#
        );
        assert_eq!(merged(&[], "", "").expect("good"), "{}");
        assert_eq!(merged(&[], "", r#"{"a":1}"#).expect("good"), r#"{"a":1}"#);
        assert_eq!(merged(&[], "a=", "").expect("good"), r#"{"a":""}"#);
    }

    #[test]
    fn the_path_wins_over_the_body_and_that_over_the_query() {
        assert_eq!(
            merged(&[("id", "p")], "id=q&x=q", r#"{"id":"b","x":"b"}"#).expect("good"),
            r#"{"id":"p","x":"b"}"#
        );
    }

    #[test]
    fn fields_are_few() {
        let body = |fields: usize| {
            let fields: Vec<String> = (0..fields).map(|n| format!("\"{n}\":1")).collect();
            format!("{{{}}}", fields.join(","))
        };
        assert!(merged(&[], "", &body(64)).is_ok());
        assert!(merged(&[], "", &body(65)).is_err());
        assert!(merged(&[], &"a=1&".repeat(3_000), "").is_err());
    }

    #[test]
    fn a_cookie_fills_what_nothing_else_does() {
        let with_cookie = |body: &str| {
            let parts = Parts {
                path: Vec::new(),
                query: "",
                cookie: Some(("refreshToken", "c")),
            };
            merge(&parts, body.as_bytes(), &kinds()).map(|payload| payload.get().to_owned())
        };
        assert_eq!(with_cookie("").expect("good"), r#"{"refreshToken":"c"}"#);
        assert_eq!(
            with_cookie(r#"{"refreshToken":"b"}"#).expect("good"),
            r#"{"refreshToken":"b"}"#
        );
    }

    #[test]
    fn every_wrong_field_is_named() {
        let failure = merged(&[], "limit=many&unreadOnly=maybe", "").expect_err("two mistakes");
        let fields: Vec<_> = failure
            .errors
            .iter()
            .map(|error| error.field.as_str())
            .collect();
        assert_eq!(fields, ["limit", "unreadOnly"]);
        for (query, body) in [
            ("a=%ff", ""),
            ("a=%4", ""),
            ("", "[1]"),
            ("", "{"),
            ("", "\"a\""),
            ("", r#"{"a":1}x"#),
        ] {
            assert!(merged(&[], query, body).is_err(), "{query} {body}");
        }
    }
}
