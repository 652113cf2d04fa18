use schemars::{Schema, SchemaGenerator, generate::SchemaSettings};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::admission::{Admitted, Context, admit, admit_partitioned};
use super::{Contract, admission::Partitioned};
use crate::{
    failure::Failure,
    names::{EPHEMERAL_KEY, QUERY_KEY},
};

/// A pool of workers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Pool {
    /// Accounts, sessions, tokens.
    Auth,
    /// Profiles and search.
    Users,
    /// Conversations and messages.
    Chat,
    /// Notifications.
    Notify,
}

impl Pool {
    /// All pools.
    pub const ALL: [Pool; 4] = [Pool::Auth, Pool::Users, Pool::Chat, Pool::Notify];

    /// The name, as in `--pool` and in routing keys.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Pool::Auth => "auth",
            Pool::Users => "users",
            Pool::Chat => "chat",
            Pool::Notify => "notify",
        }
    }
}

/// A Socket.IO namespace.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Namespace {
    /// `/chat`
    Chat,
    /// `/notifications`
    Notifications,
}

impl Namespace {
    /// All namespaces.
    pub const ALL: [Namespace; 2] = [Namespace::Chat, Namespace::Notifications];

    /// The name as it stands in packets.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Namespace::Chat => "/chat",
            Namespace::Notifications => "/notifications",
        }
    }

    /// The namespace a packet names.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL
            .into_iter()
            .find(|namespace| namespace.as_str() == name)
    }
}

/// An HTTP method of the contract.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[expect(missing_docs, reason = "named by RFC 9110")]
pub enum Method {
    Get,
    Post,
    Put,
    Patch,
    Delete,
}

impl Method {
    /// The method as it stands in a request line.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Method::Get => "GET",
            Method::Post => "POST",
            Method::Put => "PUT",
            Method::Patch => "PATCH",
            Method::Delete => "DELETE",
        }
    }
}

/// A REST route: a method and a path whose `{parts}` become payload fields.
#[derive(Clone, Copy, Debug)]
pub struct Rest {
    /// The method.
    pub method: Method,
    /// The path template.
    pub path: &'static str,
}

/// Who may call an action.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    /// Anybody; who is signed in is known all the same.
    Public,
    /// Whoever is signed in.
    SignedIn,
    /// Whoever holds one of these roles.
    Roles(&'static [&'static str]),
}

/// Which of the configured rates an action counts against.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum RateClass {
    /// Sign-in and registration, per address.
    SignIn,
    /// Reading.
    Read,
    /// Changing.
    Write,
    /// Writing messages.
    Message,
}

impl RateClass {
    /// All classes, in the order of [`RateClass::index`].
    pub const ALL: [RateClass; 4] = [Self::SignIn, Self::Read, Self::Write, Self::Message];

    /// The class's place in [`RateClass::ALL`].
    #[must_use]
    pub fn index(self) -> usize {
        self as usize
    }
}

/// What an action does to the socket that calls it: some events reach only the sockets that are subscribed to their topic
/// ([`crate::envelope::Push`]). A subscription ends with the socket's stay in the namespace.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Subscribing {
    /// Once the action has succeeded, the socket is subscribed.
    Begin,
    /// As soon as the action is called, the socket is no longer subscribed.
    End,
}

/// What an action does with the bytes of a file, which never travel through the broker.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Bytes {
    /// Its answer is a [`crate::payload::chat::FileSlot`]: the edge stores the request's body there, and calls this action, which
    /// no client can, with a [`crate::payload::chat::StoredFile`].
    Stored {
        /// The action that answers the request.
        then: &'static str,
    },
    /// Its answer is a [`crate::payload::chat::FileView`]: the edge answers with the file itself.
    Served,
}

/// The JSON type of a payload field, for turning path and query text into JSON.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FieldKind {
    /// A string.
    Text,
    /// An integer.
    Integer,
    /// A boolean.
    Boolean,
}

/// A row of the table.
pub struct Action {
    /// Its name: the socket event, and the name in commands, metrics and logs.
    pub name: &'static str,
    /// One line for the documents.
    pub summary: &'static str,
    /// Its pool.
    pub pool: Pool,
    /// Its REST routes, the canonical first.
    pub rest: Vec<Rest>,
    /// The namespace in which it is a socket event.
    pub socket: Option<Namespace>,
    /// Who may call it.
    pub access: Access,
    /// What it counts against.
    pub rate: RateClass,
    /// The HTTP status of success.
    pub status: u16,
    /// A cookie that fills a payload field when the body does not: (cookie, field).
    pub cookie: Option<(&'static str, &'static str)>,
    /// The event in which a socket is sent this action's answer when it enters the namespace.
    pub greeting: Option<&'static str>,
    /// Whether handlers are told the client's address and user agent.
    pub origin: bool,
    /// What it does to its socket's subscriptions, and the payload field that names the topic.
    pub topic: Option<(Subscribing, &'static str)>,
    /// What it does with the bytes of a file. Its payload is in the path and the query then.
    pub bytes: Option<Bytes>,
    /// Reads a payload and says where its command goes, or what is wrong with it.
    pub admit: fn(&[u8], &Context<'_>) -> Result<Admitted, Failure>,
    /// The routing key, where it does not depend on the payload.
    pub routing_key: Option<&'static str>,
    pub(crate) payload: fn(&mut SchemaGenerator) -> Schema,
    pub(crate) reply: fn(&mut SchemaGenerator) -> Schema,
}

impl Action {
    fn new<C: Contract>(pool: Pool, summary: &'static str) -> Self {
        Self {
            name: C::NAME,
            summary,
            pool,
            rest: Vec::new(),
            socket: None,
            access: Access::SignedIn,
            rate: RateClass::Read,
            status: 200,
            cookie: None,
            greeting: None,
            origin: false,
            topic: None,
            bytes: None,
            admit: admit::<C::Payload>,
            routing_key: None,
            payload: |generator| generator.subschema_for::<C::Payload>(),
            reply: |generator| generator.subschema_for::<C::Reply>(),
        }
    }

    /// An action that any worker of the pool may handle.
    pub(crate) fn anywhere<C: Contract>(pool: Pool, summary: &'static str) -> Self {
        let routing_key = match pool {
            Pool::Chat => QUERY_KEY,
            other => other.as_str(),
        };
        Self {
            routing_key: Some(routing_key),
            ..Self::new::<C>(pool, summary)
        }
    }

    /// An action handled in order with all others on the same conversation.
    pub(crate) fn in_order<C: Contract<Payload: Partitioned>>(summary: &'static str) -> Self {
        Self {
            admit: admit_partitioned::<C::Payload>,
            rate: RateClass::Write,
            ..Self::new::<C>(Pool::Chat, summary)
        }
    }

    /// A signal to other members of a conversation: it is dropped rather than late.
    pub(crate) fn ephemeral<C: Contract>(summary: &'static str) -> Self {
        Self {
            routing_key: Some(EPHEMERAL_KEY),
            ..Self::new::<C>(Pool::Chat, summary)
        }
    }

    pub(crate) fn rest(mut self, method: Method, path: &'static str) -> Self {
        self.rest.push(Rest { method, path });
        self
    }

    pub(crate) fn socket(mut self, namespace: Namespace) -> Self {
        self.socket = Some(namespace);
        self
    }

    pub(crate) fn public(mut self) -> Self {
        self.access = Access::Public;
        self
    }

    pub(crate) fn roles(mut self, roles: &'static [&'static str]) -> Self {
        self.access = Access::Roles(roles);
        self
    }

    pub(crate) fn rate(mut self, rate: RateClass) -> Self {
        self.rate = rate;
        self
    }

    pub(crate) fn status(mut self, status: u16) -> Self {
        self.status = status;
        self
    }

    pub(crate) fn cookie(mut self, cookie: &'static str, field: &'static str) -> Self {
        self.cookie = Some((cookie, field));
        self
    }

    pub(crate) fn greeting(mut self, event: &'static str) -> Self {
        self.greeting = Some(event);
        self
    }

    pub(crate) fn topic(mut self, change: Subscribing, field: &'static str) -> Self {
        self.topic = Some((change, field));
        self
    }

    pub(crate) fn bytes(mut self, bytes: Bytes) -> Self {
        self.bytes = Some(bytes);
        self
    }

    pub(crate) fn with_origin(mut self) -> Self {
        self.origin = true;
        self
    }

    /// The payload's scalar fields and their JSON types, derived from its schema. Costly: call once per row.
    #[must_use]
    pub fn field_kinds(&self) -> Vec<(String, FieldKind)> {
        let mut settings = SchemaSettings::draft2020_12();
        settings.inline_subschemas = true;
        let schema = (self.payload)(&mut settings.into_generator());
        let Some(Value::Object(properties)) = schema.get("properties") else {
            return Vec::new();
        };
        let kind_of = |schema: &Value| {
            let names = |wanted: &str| match schema.get("type") {
                Some(Value::String(name)) => name == wanted,
                Some(Value::Array(names)) => names.iter().any(|name| name == wanted),
                _ => false,
            };
            if names("integer") {
                FieldKind::Integer
            } else if names("boolean") {
                FieldKind::Boolean
            } else {
                FieldKind::Text
            }
        };
        properties
            .iter()
            .map(|(field, schema)| (field.clone(), kind_of(schema)))
            .collect()
    }
}
