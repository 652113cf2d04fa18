//! Documents generated from the table of actions and the events: OpenAPI 3.1, AsyncAPI 3.0 and the socket reference.

mod asyncapi;
mod examples;
mod openapi;
mod socket;

pub use asyncapi::asyncapi;
pub use openapi::openapi;
pub use socket::ws_docs;

use schemars::{Schema, SchemaGenerator, generate::SchemaSettings};
use serde_json::{Map, Value, json};

use crate::{
    actions::{Contract, Namespace, Renewal, table},
    events::SocketEvent,
};

/// A socket event a client may send, for the documents.
pub(crate) struct RequestDoc {
    pub(crate) name: &'static str,
    pub(crate) summary: &'static str,
    pub(crate) payload: fn(&mut SchemaGenerator) -> Schema,
    pub(crate) reply: fn(&mut SchemaGenerator) -> Schema,
}

/// What a client may send in a namespace.
pub(crate) fn requests(namespace: Namespace) -> impl Iterator<Item = RequestDoc> {
    let rows = table().iter();
    let actions = rows
        .filter(move |action| action.socket == Some(namespace))
        .map(|action| RequestDoc {
            name: action.name,
            summary: action.summary,
            payload: action.payload,
            reply: action.reply,
        });
    let renewal = RequestDoc {
        name: Renewal::NAME,
        summary: Renewal::SUMMARY,
        payload: |generator| generator.subschema_for::<<Renewal as Contract>::Payload>(),
        reply: |generator| generator.subschema_for::<<Renewal as Contract>::Reply>(),
    };
    actions.chain([renewal])
}

/// A socket event the server sends, for the documents.
pub(crate) struct EventDoc {
    pub(crate) name: &'static str,
    pub(crate) namespace: Namespace,
    pub(crate) summary: &'static str,
    pub(crate) payload: fn(&mut SchemaGenerator) -> Schema,
}

impl EventDoc {
    pub(crate) fn of<E: SocketEvent>() -> Self {
        Self {
            name: E::NAME,
            namespace: E::NAMESPACE,
            summary: E::SUMMARY,
            payload: |generator| generator.subschema_for::<E>(),
        }
    }
}

/// A generator whose definitions stand where both OpenAPI and AsyncAPI look for them.
fn generator() -> SchemaGenerator {
    let mut settings = SchemaSettings::draft2020_12();
    settings.definitions_path = "/components/schemas".into();
    settings.into_generator()
}

/// Everything that was referred to, as the object `components.schemas`.
fn definitions(mut generator: SchemaGenerator) -> Value {
    Value::Object(generator.take_definitions(true))
}

/// The schema that is meant, wherever it was put.
fn resolve(schema: &Value, definitions: &Map<String, Value>) -> Value {
    schema["$ref"]
        .as_str()
        .and_then(|reference| reference.rsplit('/').next())
        .and_then(|name| definitions.get(name))
        .unwrap_or(schema)
        .clone()
}

/// A failed socket acknowledgement or the success with `data`.
fn ack_schema(data: &Value, failure: &Value) -> Value {
    json!({
        "oneOf": [
            {
                "type": "object",
                "properties": { "ok": { "const": true }, "data": data },
                "required": ["ok", "data"]
            },
            {
                "type": "object",
                "properties": { "ok": { "const": false }, "error": failure },
                "required": ["ok", "error"]
            }
        ]
    })
}
