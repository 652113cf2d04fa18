use serde_json::{Value, json};

use super::{ack_schema, definitions, generator, requests};
use crate::{actions::Namespace, events::socket_events, failure::Failure};

/// The socket reference at `/ws-docs`: per namespace the events a client may send, with payload and acknowledgement, and
/// those it may receive. Schemas refer to `components`.
#[must_use]
pub fn ws_docs() -> Value {
    let mut generator = generator();
    let failure = generator.subschema_for::<Failure>().to_value();
    let namespaces: Vec<Value> = Namespace::ALL
        .into_iter()
        .map(|namespace| {
            let client: Vec<Value> = requests(namespace)
                .map(|action| {
                    let reply = (action.reply)(&mut generator).to_value();
                    json!({
                        "name": action.name,
                        "direction": "client",
                        "description": action.summary,
                        "payload": (action.payload)(&mut generator),
                        "ack": ack_schema(&reply, &failure),
                    })
                })
                .collect();
            let server: Vec<Value> = socket_events()
                .iter()
                .filter(|event| event.namespace == namespace)
                .map(|event| {
                    json!({
                        "name": event.name,
                        "direction": "server",
                        "description": event.summary,
                        "payload": (event.payload)(&mut generator),
                    })
                })
                .collect();
            json!({ "namespace": namespace.as_str(), "clientEvents": client, "serverEvents": server })
        })
        .collect();
    json!({
        "path": "/socket.io/",
        "protocol": "Socket.IO 5 on Engine.IO 4",
        "signIn": "CONNECT with auth {\"token\": accessToken}, an Authorization header, or the cookie accessToken",
        "namespaces": namespaces,
        "components": { "schemas": definitions(generator) }
    })
}
