use std::net::SocketAddr;

use serde_json::{Value, json};

use super::{Device, Reply, Request, TestSystem, text};

/// Everybody's password.
pub(crate) const PASSWORD: &str = "correct horse battery";

/// Somebody with an account, signed in.
#[derive(Clone, Debug)]
pub(crate) struct Person {
    pub(crate) id: i64,
    pub(crate) name: String,
    /// The access token.
    pub(crate) token: String,
    /// The refresh token.
    pub(crate) refresh: String,
    /// The edge they send REST requests to.
    pub(crate) edge: SocketAddr,
}

impl Person {
    /// Makes an account.
    pub(crate) async fn register(edge: SocketAddr, name: &str) -> Self {
        Self::signed_in(
            edge,
            &Request::new(edge, "POST", "/auth/register")
                .json(&account(name))
                .send()
                .await,
        )
    }

    /// Signs in anew: another session of the same person.
    pub(crate) async fn login(&self, edge: SocketAddr) -> Self {
        let body = json!({ "email": self.name, "password": PASSWORD });
        Self::signed_in(
            edge,
            &Request::new(edge, "POST", "/auth/login")
                .json(&body)
                .send()
                .await,
        )
    }

    fn signed_in(edge: SocketAddr, reply: &Reply) -> Self {
        let body = reply.ok();
        Self {
            id: body["user"]["userId"].as_i64().unwrap(),
            name: text(&body["user"]["username"]),
            token: text(&body["accessToken"]),
            refresh: reply.cookie("refreshToken").0,
            edge,
        }
    }

    /// The same person after a role was given to them by an operator, with a token that names it.
    pub(crate) async fn promoted(&self, system: &TestSystem, role: &str) -> Self {
        system.grant(&self.name, role).await;
        self.login(self.edge).await
    }

    /// The id of this session.
    pub(crate) async fn session(&self) -> String {
        let page = self.get("/auth/sessions").await.ok();
        let sessions = page["items"].as_array().unwrap();
        let own = sessions.iter().find(|session| session["current"] == true);
        text(&own.unwrap()["id"])
    }

    /// Connects a device to an edge, in both namespaces.
    pub(crate) async fn connect(&self, edge: SocketAddr) -> Device {
        Device::connect(edge, &self.token).await
    }

    /// A request with the access token.
    pub(crate) fn request(&self, method: &str, path: &str) -> Request {
        Request::new(self.edge, method, path).token(&self.token)
    }

    pub(crate) async fn get(&self, path: &str) -> Reply {
        self.request("GET", path).send().await
    }

    pub(crate) async fn post(&self, path: &str, body: &Value) -> Reply {
        self.request("POST", path).json(body).send().await
    }

    pub(crate) async fn patch(&self, path: &str, body: &Value) -> Reply {
        self.request("PATCH", path).json(body).send().await
    }

    pub(crate) async fn delete(&self, path: &str) -> Reply {
        self.request("DELETE", path).send().await
    }

    /// The id of the direct conversation with somebody, created if there is none, to which both have agreed.
    pub(crate) async fn direct(&self, other: &Person) -> String {
        let id = self.ask(other).await;
        let path = format!("/chat/conversations/{id}/accept");
        other.post(&path, &json!({})).await.ok();
        id
    }

    /// The id of the direct conversation with somebody, created if there is none.
    pub(crate) async fn ask(&self, other: &Person) -> String {
        let body = json!({ "type": "direct", "participantIds": [other.id] });
        text(&self.post("/chat/conversations", &body).await.ok()["id"])
    }

    /// Creates a group with others; its id.
    pub(crate) async fn group(&self, name: &str, others: &[&Person]) -> String {
        let others: Vec<i64> = others.iter().map(|person| person.id).collect();
        let body = json!({ "type": "group", "participantIds": others, "name": name });
        text(&self.post("/chat/conversations", &body).await.ok()["id"])
    }

    /// Writes a message by REST; the message.
    pub(crate) async fn send(&self, conversation: &str, content: &str) -> Value {
        self.post(
            &format!("/chat/conversations/{conversation}/messages"),
            &json!({ "content": content }),
        )
        .await
        .ok()
    }

    /// A conversation as this person sees it.
    pub(crate) async fn conversation(&self, id: &str) -> Value {
        self.get(&format!("/chat/conversations/{id}")).await.ok()
    }

    /// The whole history of a conversation, in order.
    pub(crate) async fn history(&self, conversation: &str) -> Vec<Value> {
        let mut messages = Vec::new();
        let mut after = "0".to_owned();
        loop {
            let path =
                format!("/chat/conversations/{conversation}/messages?limit=100&after={after}");
            let page = self.get(&path).await.ok();
            messages.extend(page["items"].as_array().unwrap().iter().cloned());
            match page["nextCursor"].as_str() {
                Some(next) => after = next.to_owned(),
                None => return messages,
            }
        }
    }
}

/// What somebody of this name registers with.
pub(crate) fn account(name: &str) -> Value {
    json!({ "username": name, "email": format!("{name}@example.org"), "password": PASSWORD })
}

/// The contents of messages.
pub(crate) fn contents(messages: &[Value]) -> Vec<String> {
    messages
        .iter()
        .map(|message| text(&message["content"]))
        .collect()
}

/// The places of messages.
pub(crate) fn seqs(messages: &[Value]) -> Vec<u64> {
    messages
        .iter()
        .map(|message| message["seq"].as_u64().unwrap())
        .collect()
}
