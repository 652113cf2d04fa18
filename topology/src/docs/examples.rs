//! Examples for the documents, made from the schemas: of types that have one of their own, of fields by their names, and of
//! everything else by putting these together.

use serde_json::{Map, Value, json};

use super::resolve;

/// What fields of these names hold.
const FIELDS: &[(&str, &str)] = &[
    ("accessToken", r#""eyJhbGciOiJFZERTQSIsImtpZCI6IjEifQ…""#),
    ("attachments", r#"["https://example.org/plan.png"]"#),
    ("avatarUrl", r#""https://example.org/ada.png""#),
    ("bio", r#""Likes engines.""#),
    ("content", r#""Shall we meet at noon?""#),
    ("currentPassword", r#""a good password""#),
    ("displayName", r#""Ada Lovelace""#),
    ("email", r#""ada@example.org""#),
    ("limit", "20"),
    ("name", r#""Release crew""#),
    ("newPassword", r#""another good password""#),
    ("nextCursor", r#""MTcwNDEwMzIwMDAwMDpkNy0xMg""#),
    ("participantIds", "[12]"),
    ("password", r#""a good password""#),
    ("q", r#""noon""#),
    ("reason", r#""Spam""#),
    ("refreshToken", r#""2mJ0b0p4dUlyZ2RyV1FhV2t3""#),
    ("role", r#""moderator""#),
    ("title", r#""Maintenance tonight""#),
    ("userIds", "[12]"),
    ("username", r#""ada""#),
];

/// An example of a schema. Of an object that is asked for, only what it must hold; else all of it.
pub(super) fn example(schema: &Value, definitions: &Map<String, Value>, asked: bool) -> Value {
    of(schema, definitions, asked, 0)
}

/// An example of a field.
pub(super) fn of_field(name: &str, schema: &Value, definitions: &Map<String, Value>) -> Value {
    field(name, schema, definitions, true, 0)
}

fn field(
    name: &str,
    schema: &Value,
    definitions: &Map<String, Value>,
    asked: bool,
    depth: usize,
) -> Value {
    let by_name = FIELDS.iter().find(|(known, _)| *known == name);
    let by_name = by_name.and_then(|(_, text)| serde_json::from_str::<Value>(text).ok());
    match by_name {
        Some(value) if fits(&value, schema, definitions) => value,
        _ => of(schema, definitions, asked, depth),
    }
}

/// Whether a value is of the schema's type, as far as names can mislead.
fn fits(value: &Value, schema: &Value, definitions: &Map<String, Value>) -> bool {
    let schema = resolve(schema, definitions);
    if let Some(options) = schema["enum"].as_array() {
        return options.contains(value);
    }
    let options = schema["anyOf"].as_array().into_iter().flatten();
    let mut options = options.chain(schema["oneOf"].as_array().into_iter().flatten());
    if options.any(|option| fits(value, option, definitions)) {
        return true;
    }
    let is = match value {
        Value::String(_) => "string",
        Value::Array(_) => "array",
        _ => "integer",
    };
    let types = &schema["type"];
    let has_type = types == is
        || types
            .as_array()
            .is_some_and(|all| all.iter().any(|one| one == is));
    let has_items = match (
        value.as_array().and_then(|all| all.first()),
        &schema["items"],
    ) {
        (Some(first), items) => fits(first, items, definitions),
        (None, _) => true,
    };
    has_type
        && has_items
        && schema["pattern"].is_null() | (is == "string" && schema["const"].is_null())
}

fn of(schema: &Value, definitions: &Map<String, Value>, asked: bool, depth: usize) -> Value {
    let schema = &resolve(schema, definitions);
    if let Some(own) = schema["examples"].get(0) {
        return own.clone();
    }
    if let Some(only) = schema.get("const") {
        return only.clone();
    }
    if let Some(first) = schema["enum"].get(0) {
        return first.clone();
    }
    for several in ["anyOf", "oneOf", "allOf"] {
        let options = schema[several].as_array().into_iter().flatten();
        let mut options = options.filter(|option| option["type"] != "null");
        if let Some(first) = options.next() {
            return of(first, definitions, asked, depth);
        }
    }
    let kind = match &schema["type"] {
        Value::Array(kinds) => kinds
            .iter()
            .find(|kind| *kind != "null")
            .unwrap_or(&Value::Null),
        kind => kind,
    };
    match kind.as_str() {
        Some("object") => {
            let needed = schema["required"].as_array();
            let is_needed =
                |name: &str| needed.is_some_and(|all| all.iter().any(|one| one == name));
            let properties = schema["properties"].as_object().into_iter().flatten();
            // What refers to itself ends somewhere.
            let properties = properties
                .filter(|(name, _)| is_needed(name) || (!asked && depth < 4))
                .map(|(name, schema)| {
                    let value = field(name, schema, definitions, asked, depth + 1);
                    (name.clone(), value)
                });
            Value::Object(properties.collect())
        }
        Some("array") if schema["items"].is_null() => json!([]),
        Some("array") => json!([of(&schema["items"], definitions, asked, depth + 1)]),
        Some("integer" | "number") => schema.get("minimum").cloned().unwrap_or(json!(1)),
        Some("boolean") => json!(true),
        Some("string") => json!(match schema["format"].as_str() {
            Some("date-time") => "2027-01-31T09:30:00.000Z",
            Some("uuid") => "0198c5a2-7d1e-7c31-9f5e-3c8f5d3b2a10",
            _ => "text",
        }),
        _ => json!({}),
    }
}
