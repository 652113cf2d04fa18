use serde_json::{Map, Value, json};

use super::{ack_schema, definitions, generator, requests};
use crate::{
    actions::Namespace,
    events::{DomainEvent, socket_events},
    failure::Failure,
    names::Names,
};

/// The AsyncAPI 3.0 document: the Socket.IO namespaces, and the domain events on the topic exchange to which anyone may
/// bind a queue of their own.
#[must_use]
pub fn asyncapi(names: &Names) -> Value {
    let mut generator = generator();
    let failure = generator.subschema_for::<Failure>().to_value();
    let mut channels = Map::new();
    let mut operations = Map::new();
    for namespace in Namespace::ALL {
        let mut messages = Map::new();
        for action in requests(namespace) {
            let reply = (action.reply)(&mut generator).to_value();
            messages.insert(
                key(action.name),
                json!({
                    "name": action.name,
                    "summary": action.summary,
                    "payload": (action.payload)(&mut generator),
                    "x-ack": ack_schema(&reply, &failure),
                }),
            );
            operations.insert(
                key(action.name),
                operation("receive", namespace, action.name),
            );
        }
        for event in socket_events()
            .iter()
            .filter(|event| event.namespace == namespace)
        {
            messages.insert(
                key(event.name),
                json!({
                    "name": event.name,
                    "summary": event.summary,
                    "payload": (event.payload)(&mut generator),
                }),
            );
            operations.insert(key(event.name), operation("send", namespace, event.name));
        }
        channels.insert(
            channel(namespace),
            json!({
                "address": namespace.as_str(),
                "description": "A Socket.IO namespace at /socket.io/",
                "messages": messages,
            }),
        );
    }

    let event = generator.subschema_for::<DomainEvent>().to_value();
    for (routing_key, summary) in DomainEvent::KEYS {
        let id = format!("events-{}", key(routing_key));
        channels.insert(id.clone(), json!({
            "address": routing_key,
            "description": summary,
            "messages": { "batch": {
                "summary": "Events of this kind in order, each delivered at least once",
                "contentType": "application/json",
                "payload": {
                    "type": "object",
                    "properties": {
                        "from": { "type": "string", "description": "The worker that publishes" },
                        "n": { "type": "integer", "description": "Counts that worker's messages with this routing key" },
                        "items": { "type": "array", "items": event }
                    },
                    "required": ["from", "n", "items"]
                }
            } },
            "bindings": { "amqp": { "is": "routingKey", "exchange": {
                "name": names.events(), "type": "topic", "durable": true
            } } }
        }));
        operations.insert(
            id.clone(),
            json!({ "action": "send", "channel": { "$ref": format!("#/channels/{id}") } }),
        );
    }
    json!({
        "asyncapi": "3.0.0",
        "info": { "title": "Warren", "version": env!("CARGO_PKG_VERSION") },
        "channels": channels,
        "operations": operations,
        "components": { "schemas": definitions(generator) }
    })
}

fn key(name: &str) -> String {
    name.replace([':', '.'], "-")
}

fn channel(namespace: Namespace) -> String {
    namespace.as_str().trim_start_matches('/').to_owned()
}

fn operation(action: &str, namespace: Namespace, name: &str) -> Value {
    let channel = channel(namespace);
    json!({
        "action": action,
        "channel": { "$ref": format!("#/channels/{channel}") },
        "messages": [{ "$ref": format!("#/channels/{channel}/messages/{}", key(name)) }]
    })
}
