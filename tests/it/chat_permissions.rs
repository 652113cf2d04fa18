//! Who may do what in conversations: every action of the chat pool, by every kind of caller, at both doors.

use futures_util::{StreamExt, stream};
use serde_json::{Value, json};
use warren_topology::actions::{self, Access, Action, Pool};

use crate::{
    permissions::call,
    support::{Device, Person, TestSystem, eventually, text, with_system},
};

/// How many cases are tried at a time.
const AT_ONCE: usize = 16;

const OK: &str = "OK";
const FORBIDDEN: &str = "FORBIDDEN";
const NOT_FOUND: &str = "NOT_FOUND";

/// In a group: its owner, a moderator, a member, somebody who was removed, an outsider, an administrator of the system.
fn in_a_group(action: &Action) -> [&'static str; 6] {
    let by = |owner, moderator, member| [owner, moderator, member, NOT_FOUND, NOT_FOUND, NOT_FOUND];
    match action.name {
        // No matter of a conversation that exists.
        "conversation:create"
        | "conversation:list"
        | "conversation:sync"
        | "conversation:leave"
        | "message:search" => [OK; 6],
        "conversation:get"
        | "conversation:members"
        | "conversation:join"
        | "message:list"
        | "message:send"
        | "message:delivered"
        | "message:read"
        | "conversation:mark-read"
        | "conversation:settings" => by(OK, OK, OK),
        "conversation:leave-group" => by(OK, OK, OK),
        // A text is its writer's.
        "message:edit" => by(FORBIDDEN, FORBIDDEN, FORBIDDEN),
        "message:delete"
        | "conversation:update"
        | "conversation:add-member"
        | "conversation:remove-member" => by(OK, OK, FORBIDDEN),
        "conversation:change-role"
        | "conversation:promote"
        | "conversation:transfer"
        | "conversation:delete" => by(OK, FORBIDDEN, FORBIDDEN),
        "conversation:demote" => by(OK, FORBIDDEN, FORBIDDEN),
        // Groups are no requests.
        "conversation:accept" | "conversation:decline" => by(FORBIDDEN, FORBIDDEN, FORBIDDEN),
        name => panic!("say who may call {name}"),
    }
}

/// In a direct conversation: one of the two, who wrote last; the other, whom they have blocked; an outsider, an
/// administrator of the system.
fn in_a_direct_one(action: &Action) -> Option<[&'static str; 4]> {
    let by = |one, other| Some([one, other, NOT_FOUND, NOT_FOUND]);
    match action.name {
        "conversation:get"
        | "conversation:members"
        | "conversation:join"
        | "message:list"
        | "message:delivered"
        | "message:read"
        | "conversation:mark-read"
        | "conversation:settings"
        | "conversation:delete" => by(OK, OK),
        "message:delete" => by(OK, FORBIDDEN),
        "message:send" | "message:edit" => by(FORBIDDEN, FORBIDDEN),
        "conversation:update"
        | "conversation:add-member"
        | "conversation:remove-member"
        | "conversation:change-role"
        | "conversation:promote"
        | "conversation:demote"
        | "conversation:transfer"
        | "conversation:leave-group" => by(FORBIDDEN, FORBIDDEN),
        "conversation:accept" => by(FORBIDDEN, FORBIDDEN),
        _ => None,
    }
}

pub(crate) fn actions() -> impl Iterator<Item = &'static Action> {
    actions::table()
        .iter()
        .filter(|action| action.pool == Pool::Chat && action.access != Access::Public)
        // What is not answered is told, or not, in typing.rs.
        .filter(|action| action.name != "typing")
        // What carries the bytes of files is in files.rs.
        .filter(|action| !action.name.starts_with("file:"))
}

/// What an action is called with: on a member who is there, and a message of theirs.
pub(crate) fn payload(
    action: &Action,
    place: &str,
    member: i64,
    stranger: i64,
    message: &Value,
) -> Value {
    match action.name {
        "conversation:list" => json!({}),
        "conversation:sync" => json!({ "conversations": [] }),
        "message:search" => json!({ "q": "x" }),
        "conversation:create" => {
            json!({ "type": "group", "name": "x", "participantIds": [stranger] })
        }
        "message:send" => json!({ "conversationId": place, "content": "x" }),
        "message:edit" => json!({ "messageId": message["id"], "content": "x" }),
        "message:delete" | "message:delivered" | "message:read" => {
            json!({ "messageId": message["id"] })
        }
        "conversation:update" => json!({ "conversationId": place, "name": "x" }),
        "conversation:add-member" => json!({ "conversationId": place, "userIds": [stranger] }),
        "conversation:remove-member"
        | "conversation:promote"
        | "conversation:demote"
        | "conversation:transfer" => json!({ "conversationId": place, "userId": member }),
        "conversation:change-role" => {
            json!({ "conversationId": place, "userId": member, "role": "moderator" })
        }
        "conversation:settings" => json!({ "conversationId": place, "muted": true }),
        _ => json!({ "conversationId": place }),
    }
}

/// Calls it at one door: `OK`, or the code of the refusal; none if it has no such door.
async fn at(
    door: usize,
    action: &Action,
    person: &Person,
    device: &Device,
    mut payload: Value,
) -> Option<String> {
    if door == 0 {
        action.socket?;
        let answer = device.call(action.name, payload).await;
        return Some(answer.map_or_else(|error| text(&error["code"]), |_| OK.to_owned()));
    }
    let rest = action.rest.first()?;
    if rest.path.contains("{conversationId}") && payload["conversationId"].is_null() {
        let id = text(&payload["messageId"]);
        payload["conversationId"] = id.rsplit_once('.').unwrap().0.into();
    }
    let reply = call(person.edge, action, Some(&person.token), &payload).await;
    Some(match reply.status {
        200..300 => OK.to_owned(),
        _ => reply.problem().code,
    })
}

struct Cast {
    people: Vec<Person>,
    devices: Vec<Device>,
}

impl Cast {
    async fn new(system: &TestSystem, names: &[&str]) -> Self {
        let (mut people, mut devices) = (Vec::new(), Vec::new());
        for name in names {
            let mut person = Person::register(system.edge(0), name).await;
            if *name == "admin" {
                person = person.promoted(system, "admin").await;
            }
            devices.push(person.connect(system.edge(0)).await);
            people.push(person);
        }
        Self { people, devices }
    }
}

#[tokio::test]
async fn in_a_group_everybody_may_do_what_their_part_allows() {
    with_system(async |system| {
        let names = [
            "owner",
            "moderator",
            "member",
            "removed",
            "outsider",
            "admin",
            "target",
            "stranger",
        ];
        let cast = Cast::new(system, &names).await;
        let [owner, moderator, member, removed, _, _, target, stranger] = &cast.people[..] else {
            panic!("eight people");
        };
        let cases = actions().flat_map(|action| {
            let expected = in_a_group(action).into_iter().enumerate();
            expected
                .flat_map(move |(who, expected)| [0, 1].map(|door| (action, who, expected, door)))
        });
        let make = async |demoted: bool| {
            let others = [moderator, member, removed, target];
            let group = owner.group("cheese", &others).await;
            let path = |who: &Person| format!("/chat/conversations/{group}/members/{}", who.id);
            let role = json!({ "role": "moderator" });
            owner.patch(&path(moderator), &role).await.ok();
            if demoted {
                owner.patch(&path(target), &role).await.ok();
            }
            let message = target.send(&group, "hello").await;
            assert_eq!(owner.delete(&path(removed)).await.status, 200);
            (group, message)
        };
        // Who is refused changes nothing: all of them are tried on one group.
        let unchanged = make(false).await;
        let unchanged_with_moderator = make(true).await;
        let case = async |(action, who, expected, door): (&Action, usize, &str, usize)| {
            let demoted = action.name == "conversation:demote";
            let (group, message) = match (expected, demoted) {
                (OK, _) => make(demoted).await,
                (_, false) => unchanged.clone(),
                (_, true) => unchanged_with_moderator.clone(),
            };
            let payload = payload(action, &group, target.id, stranger.id, &message);
            let (person, device) = (&cast.people[who], &cast.devices[who]);
            if let Some(got) = at(door, action, person, device, payload).await {
                assert_eq!(
                    got, expected,
                    "{} by the {} at {door}",
                    action.name, names[who]
                );
            }
        };
        stream::iter(cases).for_each_concurrent(AT_ONCE, case).await;
    })
    .await;
}

#[tokio::test]
async fn in_a_direct_conversation_a_block_ends_what_is_for_both() {
    with_system(async |system| {
        let names = ["outsider", "admin", "stranger"];
        let cast = Cast::new(system, &names).await;
        let cases = actions().flat_map(|action| {
            let expected = in_a_direct_one(action).map(|expected| (action, expected));
            expected
                .into_iter()
                .flat_map(|case| [0, 1].map(|door| (case, door)))
        });
        let case = async |(number, ((action, expected), door)): (usize, ((&Action, _), usize))| {
            let names = ["one", "other"].map(|who| format!("{who}-{number}"));
            let pair = Cast::new(system, &names.each_ref().map(String::as_str)).await;
            let [one, other] = &pair.people[..] else {
                panic!("two people");
            };
            let direct = one.direct(other).await;
            let message = one.send(&direct, "hello").await;
            let block = format!("/user/{}/block", other.id);
            assert_eq!(one.request("PUT", &block).send().await.status, 204);
            eventually("the block to hold", async || {
                let path = format!("/chat/conversations/{direct}/messages");
                let body = json!({ "content": "x" });
                other.post(&path, &body).await.status == 403
            })
            .await;
            let payload = payload(action, &direct, other.id, cast.people[2].id, &message);
            let expected: [&str; 4] = expected;
            // Outsiders first: what one of the two does may change the rest.
            for (who, expected) in expected.into_iter().enumerate().rev() {
                let (cast, place) = if who < 2 {
                    (&pair, who)
                } else {
                    (&cast, who - 2)
                };
                let (person, device) = (&cast.people[place], &cast.devices[place]);
                if let Some(got) = at(door, action, person, device, payload.clone()).await {
                    assert_eq!(got, expected, "{} by number {who} at {door}", action.name);
                }
            }
        };
        let cases = stream::iter(cases.enumerate());
        cases.for_each_concurrent(AT_ONCE, case).await;
    })
    .await;
}
