//! The contract: every row of the table of actions does what it says, over REST and over its socket event.

use serde_json::{Map, Value, json};
use warren_topology::actions::{self, Access, Action, Bytes, Namespace, Rest};

use crate::files::{picture, uploaded};
use crate::support::{
    Device, PASSWORD, Person, Reply, Request, TestSystem, account, fields, text, with_system,
};

/// What examples of payloads refer to.
struct World {
    ann: Person,
    bob: Person,
    /// Their direct conversation, in which Bob has written.
    conversation: String,
    /// Ann's notification of that.
    notification: String,
    /// An administrator.
    admin: Person,
    /// A third person, to be put into groups.
    cat: Person,
}

impl World {
    async fn make(system: &TestSystem) -> Self {
        let [ann, bob, cat, root] = system.people(["ann", "bob", "cat", "root"]).await;
        let admin = root.promoted(system, "admin").await;
        let conversation = ann.direct(&bob).await;
        let device = ann.connect(system.edge(0)).await;
        bob.send(&conversation, "hello").await;
        let notification = text(&device.next_event("notification:created").await["id"]);
        Self {
            ann,
            bob,
            conversation,
            notification,
            admin,
            cat,
        }
    }

    /// Who calls an action so that it succeeds: Ann, an administrator, or somebody whose account it changes for good.
    async fn caller(&self, action: &Action, way: &str) -> Person {
        match action.name {
            "auth:password" | "auth:delete-account" => {
                let name = format!("gone-{}-{way}", action.name.replace(':', "-"));
                Person::register(self.ann.edge, &name).await
            }
            _ if matches!(action.access, Access::Roles(_)) => self.admin.clone(),
            _ => self.ann.clone(),
        }
    }

    /// A payload that the action accepts from its caller; `way` tells repetitions apart. A new row needs one here.
    async fn example(&self, action: &Action, caller: &Person, way: &str) -> Value {
        let conversation = &self.conversation;
        match action.name {
            "auth:sessions" | "user:blocks" => json!({ "limit": 5 }),
            "auth:end-session" => {
                let other = self.ann.login(self.ann.edge).await;
                json!({ "sessionId": other.session().await })
            }
            "auth:password" => {
                json!({ "currentPassword": PASSWORD, "newPassword": "another good password" })
            }
            "auth:grant-role" | "auth:withdraw-role" => {
                json!({ "userId": self.bob.id, "role": "moderator" })
            }
            "auth:suspend" => json!({ "userId": self.stranger(way).await, "reason": "spam" }),
            "auth:lift-suspension" | "user:get" | "user:block" | "user:unblock" => {
                json!({ "userId": self.stranger(way).await })
            }
            "auth:delete-account" => json!({ "userId": caller.id, "password": PASSWORD }),
            "user:update" => json!({ "userId": caller.id, "bio": way }),
            "user:batch" | "presence:get" => json!({ "userIds": [caller.id, self.bob.id] }),
            "user:list" => json!({ "status": "active", "limit": 5 }),
            "auth:register" => account(&format!("new-{way}")),
            "auth:login" => json!({ "email": self.ann.name, "password": PASSWORD }),
            "auth:refresh" | "auth:logout" => {
                json!({ "refreshToken": self.ann.login(self.ann.edge).await.refresh })
            }
            "user:me" | "notification:unread-count" | "notification:read-all" => json!({}),
            "user:search" => json!({ "q": "b", "limit": 5 }),
            "conversation:create" => {
                json!({ "type": "group", "name": way, "participantIds": [self.bob.id] })
            }
            "conversation:list" => json!({ "limit": 5 }),
            "typing" => json!({ "conversationId": conversation, "isTyping": true }),
            "conversation:get"
            | "conversation:mark-read"
            | "conversation:join"
            | "conversation:leave" => {
                json!({ "conversationId": conversation })
            }
            "conversation:sync" => {
                json!({ "conversations": [{ "id": conversation, "seq": 0, "change": 0 }] })
            }
            "message:send" => json!({ "conversationId": conversation, "content": way }),
            "conversation:settings" => json!({ "conversationId": conversation, "pinned": true }),
            "message:delivered" | "message:read" => {
                json!({ "messageId": format!("{conversation}.0000000001") })
            }
            "message:edit" | "message:delete" => {
                let message = self.ann.send(conversation, way).await;
                let mut payload =
                    json!({ "conversationId": conversation, "messageId": message["id"] });
                if action.name == "message:edit" {
                    payload["content"] = json!("edited");
                }
                payload
            }
            "conversation:accept" | "conversation:decline" => {
                let name = format!("{}-{way}", action.name.trim_start_matches("conversation:"));
                let asks = Person::register(self.ann.edge, &name).await;
                json!({ "conversationId": asks.ask(&self.ann).await })
            }
            "conversation:update" => json!({ "conversationId": self.group().await, "name": way }),
            "conversation:add-member" => {
                json!({ "conversationId": self.group().await, "userIds": [self.cat.id] })
            }
            "conversation:remove-member"
            | "conversation:promote"
            | "conversation:demote"
            | "conversation:transfer" => {
                json!({ "conversationId": self.group().await, "userId": self.bob.id })
            }
            "conversation:change-role" => {
                json!({ "conversationId": self.group().await, "userId": self.bob.id, "role": "moderator" })
            }
            "conversation:leave-group" | "conversation:delete" => {
                json!({ "conversationId": self.group().await })
            }
            "conversation:members" => json!({ "conversationId": conversation, "limit": 5 }),
            "file:create" => json!({ "conversationId": conversation, "name": "a.png" }),
            // Only the edge sends it.
            "file:complete" => json!({}),
            "file:get" => {
                let file = uploaded(&self.ann, conversation).await;
                json!({ "conversationId": conversation, "fileId": file["fileId"] })
            }
            "message:search" => json!({ "q": "b", "limit": 5 }),
            "message:list" => json!({ "conversationId": conversation, "limit": 5 }),
            "notification:list" => json!({ "unreadOnly": true }),
            "notification:get"
            | "notification:read"
            | "notification:unread"
            | "notification:delete" => {
                json!({ "notificationId": self.notification })
            }
            "notification:broadcast" => json!({ "title": way, "content": way }),
            name => {
                panic!("the action {name} has no example: add one, and tests of what it promises")
            }
        }
    }
}

impl World {
    /// Somebody of whom nobody else knows.
    async fn stranger(&self, way: &str) -> i64 {
        let name = format!("{way}-{:08x}", uuid::Uuid::new_v4().as_fields().0);
        Person::register(self.ann.edge, &name).await.id
    }

    /// A group of Ann's with Bob.
    async fn group(&self) -> String {
        self.ann.group("examples", &[&self.bob]).await
    }
}

/// Calls an action by one of its routes: fields go where the route has them, then into the query or the body.
async fn call(
    caller: Option<&Person>,
    world: &World,
    (action, rest): (&Action, &Rest),
    payload: &Value,
) -> Reply {
    let takes_bytes = matches!(action.bytes, Some(Bytes::Stored { .. }));
    let mut fields = payload.as_object().cloned().unwrap_or_default();
    let part = |part: &str, fields: &mut Map<String, Value>| match part.strip_prefix('{') {
        Some(name) => fields.remove(name.trim_end_matches('}')).map_or_else(
            || "nothing".into(),
            |value| value.to_string().trim_matches('"').to_owned(),
        ),
        None => part.to_owned(),
    };
    let parts: Vec<String> = rest
        .path
        .split('/')
        .map(|name| part(name, &mut fields))
        .collect();
    let (method, mut path) = (rest.method.as_str(), parts.join("/"));
    let has_body = method != "GET" && !takes_bytes && !fields.is_empty();
    if !has_body && !fields.is_empty() {
        let pair = |(name, value): (&String, &Value)| {
            format!("{name}={}", value.to_string().trim_matches('"'))
        };
        path = format!(
            "{path}?{}",
            fields.iter().map(pair).collect::<Vec<_>>().join("&")
        );
    }
    let mut request = Request::new(world.ann.edge, method, &path);
    if let Some(caller) = caller {
        request = request.token(&caller.token);
    }
    if has_body {
        request = request.json(&Value::Object(fields));
    }
    if takes_bytes {
        request = request.bytes(picture(100));
    }
    request.send().await
}

#[tokio::test]
async fn every_action_answers_over_rest() {
    with_system(async |system| {
        let world = World::make(system).await;
        for action in actions::table() {
            for (place, rest) in action.rest.iter().enumerate() {
                let way = format!("rest-{place}");
                let caller = world.caller(action, &way).await;
                let payload = world.example(action, &caller, &way).await;
                // What is public is called by nobody, so that ending a session ends not Ann's.
                let caller = Some(&caller).filter(|_| action.access != Access::Public);
                let reply = call(caller, &world, (action, rest), &payload).await;
                assert_eq!(
                    reply.status,
                    action.status,
                    "{} {}: {reply:?}",
                    rest.method.as_str(),
                    rest.path
                );
            }
        }
    })
    .await;
}

#[tokio::test]
async fn every_socket_event_is_acknowledged() {
    with_system(async |system| {
        let world = World::make(system).await;
        let device = world.ann.connect(system.edge(0)).await;
        let sockets = actions::table()
            .iter()
            .filter(|action| action.socket.is_some());
        for action in sockets {
            let payload = world.example(action, &world.ann, "socket").await;
            let answer = device.call(action.name, payload).await;
            assert!(
                answer.as_ref().is_ok_and(|data| data.is_object()),
                "{}: {answer:?}",
                action.name
            );
        }
    })
    .await;
}

#[tokio::test]
async fn actions_that_are_not_public_need_a_sign_in() {
    with_system(async |system| {
        let world = World::make(system).await;
        for action in actions::table()
            .iter()
            .filter(|action| action.access != Access::Public)
        {
            let payload = world.example(action, &world.ann, "stranger").await;
            for rest in &action.rest {
                let problem = call(None, &world, (action, rest), &payload).await.problem();
                assert!(
                    problem.is(401, "AUTH_INVALID"),
                    "{}: {problem:?}",
                    rest.path
                );
            }
        }
        for namespace in Namespace::ALL {
            for auth in [json!({}), json!({ "token": "nonsense" })] {
                let refused = Device::open(system.edge(0))
                    .await
                    .enter(namespace, &auth)
                    .await
                    .unwrap_err();
                assert_eq!(refused["data"]["code"], "AUTH_INVALID");
            }
        }
    })
    .await;
}

#[tokio::test]
async fn every_action_refuses_fields_it_does_not_know() {
    with_system(async |system| {
        let world = World::make(system).await;
        let device = world.ann.connect(system.edge(0)).await;
        for action in actions::table() {
            let caller = match action.access {
                Access::Roles(_) => &world.admin,
                _ => &world.ann,
            };
            let mut payload = world.example(action, caller, "wrong").await;
            payload["noSuchField"] = json!("x");
            for rest in &action.rest {
                let problem = call(Some(caller), &world, (action, rest), &payload)
                    .await
                    .problem();
                assert!(
                    problem.is(400, "INVALID_INPUT"),
                    "{} {}: {problem:?}",
                    rest.method.as_str(),
                    rest.path
                );
                assert_eq!(problem.fields, ["noSuchField"], "{}", rest.path);
            }
            if action.socket.is_some() {
                let error = device.call(action.name, payload).await.unwrap_err();
                assert_eq!(error["code"], "INVALID_INPUT", "{}", action.name);
                assert_eq!(fields(&error["errors"]), ["noSuchField"], "{}", action.name);
            }
        }
    })
    .await;
}

#[tokio::test]
async fn an_invalid_payload_is_refused_with_every_mistake_in_it() {
    with_system(async |system| {
        let world = World::make(system).await;
        let register = json!({ "username": "a b", "email": "nobody", "password": "short", "displayName": " " });
        let problem = Request::new(world.ann.edge, "POST", "/auth/register").json(&register).send().await.problem();
        assert!(problem.is(400, "INVALID_INPUT"), "{problem:?}");
        assert_eq!(problem.fields, ["username", "email", "password", "displayName"]);

        let problem = Request::new(world.ann.edge, "POST", "/auth/register").json(&json!({ "username": 5, "age": 7 })).send().await.problem();
        assert!(problem.is(400, "INVALID_INPUT"), "{problem:?}");
        assert_eq!(problem.fields, ["age", "username", "email", "password"]);

        let device = world.ann.connect(system.edge(0)).await;
        let conversation = &world.conversation;
        let wrong = [
            ("message:send", json!({ "conversationId": conversation, "content": " " }), vec!["content"]),
            (
                "message:send",
                json!({ "conversationId": conversation, "content": "x".repeat(8_001), "attachments": ["ftp://x", "https://x"] }),
                vec!["content", "attachments[0]"],
            ),
            ("message:send", json!({ "conversationId": "nonsense", "content": "x" }), vec!["conversationId"]),
            ("conversation:create", json!({ "type": "group", "participantIds": [-1], "name": "" }), vec!["participantIds", "name"]),
            ("conversation:create", json!({ "type": "direct", "participantIds": [1, "x"] }), vec!["participantIds[1]"]),
            ("message:list", json!({ "conversationId": conversation, "limit": 101, "before": 1, "after": 2 }), vec!["limit", "after"]),
            ("conversation:list", json!({ "limit": "many" }), vec!["limit"]),
            ("message:edit", json!({ "messageId": format!("{conversation}.0000000001"), "content": "x".repeat(8_001) }), vec!["content"]),
            ("message:delete", json!({ "messageId": "nonsense" }), vec!["messageId"]),
            ("conversation:update", json!({ "conversationId": conversation }), vec!["name"]),
            ("conversation:update", json!({ "conversationId": conversation, "name": " ", "avatarUrl": "ftp://x" }), vec!["name", "avatarUrl"]),
            ("conversation:add-member", json!({ "conversationId": conversation }), vec!["userIds"]),
            ("conversation:add-member", json!({ "conversationId": conversation, "userIds": [0] }), vec!["userIds"]),
            ("conversation:change-role", json!({ "conversationId": conversation, "userId": 1, "role": "king" }), vec!["role"]),
            ("conversation:settings", json!({ "conversationId": conversation, "mutedUntil": "2100-01-01T00:00:00Z" }), vec!["muted", "mutedUntil"]),
            (
                "message:send",
                json!({ "conversationId": conversation, "attachments": ["https:///x", "http://#", "http://u:p@h/x"] }),
                vec!["attachments[0]", "attachments[1]", "attachments[2]"],
            ),
            (
                "conversation:settings",
                json!({ "conversationId": conversation, "muted": true, "mutedUntil": "9999-12-31T23:59:59-01:00" }),
                vec!["mutedUntil"],
            ),
            ("message:edit", json!({ "messageId": format!("{conversation}.0000000001"), "content": "\0" }), vec!["content"]),
            ("conversation:list", json!({ "q": " ", "type": "crowd" }), vec!["type", "q"]),
            ("conversation:members", json!({ "conversationId": conversation, "limit": 0 }), vec!["limit"]),
            ("message:send", json!([conversation, "by position"]), vec![""]),
            ("conversation:sync", json!({ "conversations": [[conversation, 0, 0]] }), vec!["conversations[0]"]),
            ("notification:list", json!({ "type": "news" }), vec!["type"]),
            ("notification:unread", json!({ "notificationId": "" }), vec!["notificationId"]),
        ];
        for (event, payload, mistakes) in wrong {
            let error = device.call(event, payload).await.unwrap_err();
            assert_eq!(error["code"], "INVALID_INPUT", "{event}: {error}");
            assert_eq!(fields(&error["errors"]), mistakes, "{event}: {error}");
        }
    })
    .await;
}
