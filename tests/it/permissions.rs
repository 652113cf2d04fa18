//! Who may do what with accounts and notifications: every action of the auth, users and notify pools, by every kind of
//! caller; and who may do nothing at all, in conversations neither.

use std::net::SocketAddr;

use serde_json::{Map, Value, json};
use time::{Duration, OffsetDateTime};
use warren_topology::{
    actions::{self, Access, Action, Pool},
    ids::UserId,
};
use warren_workers::auth::{keys, tokens::AccessTokens};

use crate::chat_permissions;
use crate::support::{PASSWORD, Person, Reply, Request, eventually, text, with_system};

/// The status that whose account it is, somebody else, a moderator and an administrator get.
fn expected(action: &Action) -> [u16; 4] {
    match action.name {
        "auth:sessions" | "user:me" | "user:search" | "user:get" | "user:batch" | "user:blocks"
        | "presence:get" => [200; 4],
        "auth:password" | "user:unblock" => [204; 4],
        "auth:end-session" => [204, 404, 404, 404],
        "auth:grant-role" | "auth:withdraw-role" => [403, 403, 403, 200],
        "user:list" => [403, 403, 200, 200],
        "notification:broadcast" => [403, 403, 403, 202],
        "notification:list" | "notification:unread-count" | "notification:read-all" => [200; 4],
        // Whose it is, and nobody else, whatever their role.
        "notification:get"
        | "notification:read"
        | "notification:unread"
        | "notification:delete" => [200, 404, 404, 404],
        "auth:suspend" | "auth:lift-suspension" => [403, 403, 204, 204],
        "auth:delete-account" => [204, 403, 403, 204],
        "user:update" => [200, 403, 403, 200],
        // Nobody blocks themselves.
        "user:block" => [400, 204, 204, 204],
        name => panic!("say who may call {name}"),
    }
}

/// What the action is called with, to do it to somebody.
async fn payload(action: &Action, target: &Person) -> Value {
    let user = target.id;
    match action.name {
        "auth:sessions"
        | "user:me"
        | "user:list"
        | "user:blocks"
        | "notification:list"
        | "notification:unread-count"
        | "notification:read-all" => json!({}),
        "notification:get"
        | "notification:read"
        | "notification:unread"
        | "notification:delete" => {
            json!({ "notificationId": notification(target).await })
        }
        "notification:broadcast" => json!({ "title": "x", "content": "x", "userIds": [user] }),
        "auth:end-session" => json!({ "sessionId": target.session().await }),
        "auth:password" => {
            json!({ "currentPassword": PASSWORD, "newPassword": "another good one" })
        }
        "auth:grant-role" | "auth:withdraw-role" => json!({ "userId": user, "role": "moderator" }),
        "auth:suspend" => json!({ "userId": user, "reason": "spam" }),
        "auth:delete-account" => json!({ "userId": user, "password": PASSWORD }),
        "user:update" => json!({ "userId": user, "bio": "x" }),
        "user:search" => json!({ "q": "x" }),
        "user:batch" | "presence:get" => json!({ "userIds": [user] }),
        _ => json!({ "userId": user }),
    }
}

/// A notification of somebody's: they are put into a group.
async fn notification(target: &Person) -> String {
    let name = format!("inviter-{:08x}", uuid::Uuid::new_v4().as_fields().0);
    let inviter = Person::register(target.edge, &name).await;
    let group = inviter.group(&name, &[target]).await;
    let mut id = None;
    eventually("a notification", async || {
        let page = target.get("/notifications").await.ok();
        let mut items = page["items"].as_array().unwrap().iter();
        let found = items.find(|item| item["conversationId"] == group.as_str());
        id = found.map(|item| text(&item["id"]));
        id.is_some()
    })
    .await;
    id.unwrap()
}

/// Calls an action by its first route.
pub(crate) async fn call(
    edge: SocketAddr,
    action: &Action,
    token: Option<&str>,
    payload: &Value,
) -> Reply {
    let rest = &action.rest[0];
    let mut fields: Map<String, Value> = payload.as_object().unwrap().clone();
    let mut path = String::new();
    for part in rest.path.split('/').skip(1) {
        let name = part.trim_start_matches('{').trim_end_matches('}');
        let value = fields.remove(name).filter(|_| part.starts_with('{'));
        let value = value.map_or(part.to_owned(), |value| value.to_string().replace('"', ""));
        path = format!("{path}/{value}");
    }
    if let Some(q) = fields.remove("q") {
        path = format!("{path}?q={}", text(&q));
    }
    let mut request = Request::new(edge, rest.method.as_str(), &path);
    if let Some(token) = token {
        request = request.token(token);
    }
    if !fields.is_empty() {
        request = request.json(&Value::Object(fields));
    }
    request.send().await
}

fn actions() -> impl Iterator<Item = &'static Action> {
    actions::table().iter().filter(|action| {
        matches!(action.pool, Pool::Auth | Pool::Users | Pool::Notify)
            && action.access != Access::Public
            && !action.rest.is_empty()
    })
}

#[tokio::test]
async fn everybody_may_do_what_the_table_says_and_nothing_else() {
    with_system(async |system| {
        let [root, mod_] = system.people(["root", "mod"]).await;
        let admin = root.promoted(system, "admin").await;
        let moderator = mod_.promoted(system, "moderator").await;
        let mut number = 0;
        for action in actions() {
            let mut fresh = async || {
                number += 1;
                Person::register(system.edge(0), &format!("person-{number}")).await
            };
            let (owner, target, other) = (fresh().await, fresh().await, fresh().await);
            let [own, others, moderators, admins] = expected(action);
            for (caller, target, status) in [
                (&owner, &owner, own),
                (&other, &target, others),
                (&moderator, &target, moderators),
                (&admin, &target, admins),
            ] {
                // Whoever changes their password goes on without others' knowing.
                let caller = match action.name {
                    "auth:password" => &fresh().await,
                    _ => caller,
                };
                let payload = payload(action, target).await;
                let got = call(system.edge(0), action, Some(&caller.token), &payload)
                    .await
                    .status;
                assert_eq!(
                    got, status,
                    "{} by {} on {}",
                    action.name, caller.name, target.name
                );
            }
        }
    })
    .await;
}

#[tokio::test]
async fn who_is_not_signed_in_or_no_longer_may_do_nothing() {
    with_system(async |system| {
        let [root, ann, out, bad] = system.people(["root", "ann", "out", "bad"]).await;
        let admin = root.promoted(system, "admin").await;
        let settings = system.worker_settings().auth;
        let keys = keys::load(&settings.private_key_file, &settings.jwks_file).unwrap();
        let tokens = AccessTokens::new(&settings, &keys);
        let session = admin.session().await.parse().unwrap();
        let (user, roles) = (UserId(admin.id), ["admin".to_owned(), "user".to_owned()]);
        let issue = |at| tokens.issue(user, session, &roles, at).unwrap().text;
        let now = OffsetDateTime::now_utc();
        let good = issue(now);
        let expired = issue(now - Duration::hours(1));

        // Administrators too, so that it is not for the want of a role.
        let out = out.promoted(system, "admin").await;
        let bad = bad.promoted(system, "admin").await;
        assert_eq!(out.post("/auth/logout", &json!({})).await.status, 204);
        let path = format!("/user/{}/suspension", bad.id);
        let suspend = admin
            .request("PUT", &path)
            .json(&json!({ "reason": "spam" }));
        assert_eq!(suspend.send().await.status, 204);
        for person in [&out, &bad] {
            eventually("the session to be refused", async || {
                person.get("/user/me").await.status == 401
            })
            .await;
        }
        let me = actions::find("user:me").unwrap();
        assert_eq!(
            call(system.edge(0), me, Some(&good), &json!({}))
                .await
                .status,
            200,
            "made as real ones are"
        );
        let mut cases = Vec::new();
        for action in actions() {
            cases.push((action, payload(action, &ann).await));
        }
        let message = json!({ "id": "d1-2.0000000001" });
        let in_chat = chat_permissions::actions().filter(|action| !action.rest.is_empty());
        cases.extend(in_chat.map(|action| {
            let mut payload = chat_permissions::payload(action, "d1-2", 1, 2, &message);
            payload["conversationId"] = "d1-2".into();
            (action, payload)
        }));
        for (action, payload) in cases {
            for token in [None, Some(&expired), Some(&out.token), Some(&bad.token)] {
                let got = call(system.edge(0), action, token.map(String::as_str), &payload)
                    .await
                    .status;
                assert_eq!(got, 401, "{}", action.name);
            }
        }
    })
    .await;
}
