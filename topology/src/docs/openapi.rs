use schemars::SchemaGenerator;
use serde_json::{Map, Value, json};

use super::{
    definitions,
    examples::{example, of_field},
    generator, resolve,
};
use crate::{
    actions::{Access, Action, Bytes, Method, RateClass, Rest, find, table},
    failure::{ErrorCode, Violation},
};

/// The OpenAPI 3.1 document of the REST interface.
#[must_use]
pub fn openapi() -> Value {
    let mut generator = generator();
    let problem = problem(&mut generator);
    let mut paths = Map::new();
    for action in table() {
        let payload = (action.payload)(&mut generator).to_value();
        // What the client is answered is the last answer.
        let last = match action.bytes {
            Some(Bytes::Stored { then }) => find(then).unwrap_or(action),
            _ => action,
        };
        let reply = (last.reply)(&mut generator).to_value();
        // The payload type itself, with its properties, wherever it was put.
        let fields = resolve(&payload, generator.definitions());
        for rest in &action.rest {
            let operation = operation(action, *rest, &fields, &reply, generator.definitions());
            let path = paths.entry(rest.path).or_insert_with(|| json!({}));
            path[rest.method.as_str().to_lowercase()] = operation;
        }
    }
    let mut schemas = definitions(generator);
    schemas["Problem"] = problem;
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": "Warren",
            "version": env!("CARGO_PKG_VERSION"),
            "description": "Real-time chat. Every action travels through a message broker; the same actions are socket events: see [/ws-docs](/ws-docs), or [/asyncapi.json](/asyncapi.json), which has the domain events, too. Repeating a creation with the same clientId changes nothing."
        },
        "paths": paths,
        "components": {
            "schemas": schemas,
            "securitySchemes": {
                "bearer": {
                    "type": "http", "scheme": "bearer", "bearerFormat": "JWT",
                    "description": "The accessToken that signing in answers with (POST /auth/login)."
                },
                "cookie": {
                    "type": "apiKey", "in": "cookie", "name": "accessToken",
                    "description": "Set by signing in. Browsers send it by themselves: there is nothing to enter."
                }
            }
        }
    })
}

fn operation(
    action: &Action,
    rest: Rest,
    payload: &Value,
    reply: &Value,
    definitions: &Map<String, Value>,
) -> Value {
    let empty = Map::new();
    let properties = payload["properties"].as_object().unwrap_or(&empty);
    let required: Vec<&str> = payload["required"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
        .collect();
    let in_path = |name: &str| rest.path.contains(&format!("{{{name}}}"));
    // Also of a deletion: what proves who asks for it is nothing for an address.
    let has_body = rest.method != Method::Get;
    let stores = matches!(action.bytes, Some(Bytes::Stored { .. }));

    let whole = example(payload, definitions, true);
    let mut parameters = Vec::new();
    let mut body = Map::new();
    for (name, schema) in properties {
        if in_path(name) {
            let example = of_field(name, schema, definitions);
            parameters.push(json!({ "name": name, "in": "path", "required": true, "schema": schema, "example": example }));
        } else if has_body && !stores {
            body.insert(name.clone(), schema.clone());
        } else {
            let required = required.contains(&name.as_str());
            let mut parameter =
                json!({ "name": name, "in": "query", "required": required, "schema": schema });
            if required {
                parameter["example"] = of_field(name, schema, definitions);
            }
            parameters.push(parameter);
        }
    }
    let mut operation = json!({
        "operationId": format!("{}{}", action.name.replace(':', "-"), if rest.method == Method::Patch { "-patch" } else { "" }),
        "summary": action.summary,
        "tags": [action.pool.as_str()],
        "parameters": parameters,
        "responses": responses(action, reply, has_body, definitions),
    });
    if !body.is_empty() {
        let needed: Vec<&str> = required
            .iter()
            .copied()
            .filter(|name| body.contains_key(*name))
            .collect();
        let whole = whole.as_object().into_iter().flatten();
        let example: Map<String, Value> = whole
            .filter(|(name, _)| body.contains_key(*name))
            .map(|(name, value)| (name.clone(), value.clone()))
            .collect();
        operation["requestBody"] = json!({
            "required": !needed.is_empty(),
            "content": { "application/json": {
                "schema": { "type": "object", "properties": body, "required": needed, "additionalProperties": false },
                "example": example
            } }
        });
    }
    if stores {
        operation["requestBody"] = json!({
            "required": true,
            "content": { "application/octet-stream": { "schema": { "type": "string", "format": "binary" } } }
        });
    }
    if let Access::Roles(roles) = action.access {
        operation["description"] = json!(format!("For the role {}.", roles.join(" or ")));
    }
    if action.access != Access::Public {
        operation["security"] = json!([{ "bearer": [] }, { "cookie": [] }]);
    }
    operation
}

fn responses(
    action: &Action,
    reply: &Value,
    has_body: bool,
    definitions: &Map<String, Value>,
) -> Value {
    let mut responses = Map::new();
    let content = match action.bytes {
        Some(Bytes::Served) => {
            json!({ "*/*": { "schema": { "type": "string", "format": "binary" } } })
        }
        _ => {
            json!({ "application/json": { "schema": reply, "example": example(reply, definitions, false) } })
        }
    };
    let success = if action.status == 204 {
        json!({ "description": "Done" })
    } else {
        json!({ "description": "Done", "content": content })
    };
    responses.insert(action.status.to_string(), success);
    if action.name == "conversation:create" {
        responses.insert(
            "200".into(),
            json!({ "description": "It exists already", "content": content }),
        );
    }
    if action.bytes == Some(Bytes::Served) {
        for (status, description) in [
            ("206", "The part that the header Range asks for"),
            ("304", "It is what If-None-Match names"),
        ] {
            responses.insert(status.into(), json!({ "description": description }));
        }
    }
    let problem = |description: &str| {
        json!({
            "description": description,
            "content": { "application/problem+json": { "schema": { "$ref": "#/components/schemas/Problem" } } }
        })
    };
    if has_body {
        for (status, description) in [
            ("408", "The body did not arrive in time"),
            ("413", "The body is too large"),
            (
                "415",
                "The body is not JSON, or no file of a kind that is taken",
            ),
        ] {
            responses.insert(status.into(), problem(description));
        }
    }
    if action.bytes == Some(Bytes::Served) {
        responses.insert("416".into(), problem("The file has no such part"));
    }
    for code in ErrorCode::ALL {
        let possible = match code {
            ErrorCode::Forbidden => {
                action.access != Access::Public || action.rate == RateClass::SignIn
            }
            ErrorCode::NotFound => {
                let fields = action.field_kinds();
                action.rest.iter().any(|rest| rest.path.contains('{'))
                    || fields.iter().any(|(name, _)| name == "conversationId")
                    || matches!(
                        action.name,
                        "conversation:create" | "notification:broadcast"
                    )
            }
            ErrorCode::Conflict => {
                action.status == 201
                    || matches!(
                        action.name,
                        "auth:password"
                            | "auth:suspend"
                            | "auth:withdraw-role"
                            | "auth:delete-account"
                            | "user:update"
                            | "user:block"
                    )
            }
            _ => true,
        };
        if possible {
            responses.insert(code.status().to_string(), problem(code.title()));
        }
    }
    Value::Object(responses)
}

/// RFC 9457 problem details with the contract's members.
fn problem(generator: &mut SchemaGenerator) -> Value {
    json!({
        "description": "A refused request (RFC 9457)",
        "type": "object",
        "properties": {
            "type": { "type": "string", "description": "A URI that names the code" },
            "title": { "type": "string" },
            "status": { "type": "integer" },
            "detail": { "type": "string", "description": "A sentence for people" },
            "code": generator.subschema_for::<ErrorCode>(),
            "errors": { "type": "array", "items": generator.subschema_for::<Violation>() },
            "traceId": { "type": "string", "description": "Under which the log has it" }
        },
        "required": ["type", "title", "status", "detail", "code", "traceId"]
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{actions::Context, ids::UserId};

    #[test]
    fn every_route_is_described_with_its_reply() {
        let document = openapi();
        for action in table() {
            for rest in &action.rest {
                let operation = &document["paths"][rest.path][rest.method.as_str().to_lowercase()];
                assert!(
                    operation["responses"][action.status.to_string()].is_object(),
                    "{}",
                    rest.path
                );
            }
        }
    }

    #[test]
    fn the_example_of_every_request_is_taken() {
        let document = openapi();
        let mut wrong = Vec::new();
        for action in table() {
            for rest in &action.rest {
                let operation = &document["paths"][rest.path][rest.method.as_str().to_lowercase()];
                let body = &operation["requestBody"]["content"]["application/json"]["example"];
                let mut payload = body.as_object().cloned().unwrap_or_default();
                for parameter in operation["parameters"].as_array().into_iter().flatten() {
                    if let Some(example) = parameter.get("example") {
                        let name = parameter["name"].as_str().expect("a name");
                        payload.insert(name.to_owned(), example.clone());
                    }
                }
                let context = Context {
                    caller: Some(UserId(7)),
                    command: "0198c5a2",
                    partitions: 16,
                };
                let raw = Value::Object(payload).to_string();
                if let Err(failure) = (action.admit)(raw.as_bytes(), &context) {
                    wrong.push(format!("{}: {raw} {:?}", action.name, failure));
                }
            }
        }
        assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    }

    #[test]
    fn every_reference_is_defined() {
        for document in [
            openapi(),
            super::super::asyncapi(&crate::names::Names::new("warren")),
        ] {
            let text = document.to_string();
            let mut rest = text.as_str();
            while let Some(at) = rest.find(r##""$ref":"#"##) {
                rest = &rest[at + r##""$ref":"#"##.len()..];
                let pointer = &rest[..rest.find('"').expect("a closing quote")];
                assert!(document.pointer(pointer).is_some(), "{pointer}");
            }
        }
    }
}
