//! Message requests: whoever is asked for a direct conversation agrees to it or not.

use serde_json::{Value, json};
use warren_topology::actions::Pool;

use crate::support::{Device, Person, Tap, TestSystem, message, text, with_system};

/// Ann, who asks Bob for a conversation, and a device of each.
struct Request {
    ann: Person,
    bob: Person,
    asks: Device,
    asked: Device,
    id: String,
}

impl Request {
    async fn make(system: &TestSystem) -> Self {
        let [ann, bob] = system.people(["ann", "bob"]).await;
        let id = ann.ask(&bob).await;
        let (asks, asked) = (
            ann.connect(system.edge(0)).await,
            bob.connect(system.edge(0)).await,
        );
        Self {
            ann,
            bob,
            asks,
            asked,
            id,
        }
    }

    fn path(&self, rest: &str) -> String {
        format!("/chat/conversations/{}{rest}", self.id)
    }

    /// How both stand to the conversation, as one of them sees it: themselves, then the other.
    async fn states(&self, person: &Person) -> [String; 2] {
        let seen = person.conversation(&self.id).await;
        let members = seen["members"].as_array().unwrap();
        let other = members.iter().find(|member| member["userId"] != person.id);
        [
            text(&seen["me"]["request"]),
            text(&other.unwrap()["request"]),
        ]
    }

    /// The ids of the conversations that somebody is shown.
    async fn listed(&self, person: &Person, filter: &str) -> Vec<Value> {
        let listed = person
            .get(&format!("/chat/conversations{filter}"))
            .await
            .ok();
        let items = listed["items"].as_array().unwrap().iter();
        items
            .map(|conversation| conversation["id"].clone())
            .collect()
    }

    async fn say(&self, device: &Device, content: &str) -> Result<Value, String> {
        let answer = device
            .call("message:send", message(&self.id, content))
            .await;
        answer.map_err(|error| text(&error["code"]))
    }
}

#[tokio::test]
async fn who_asks_may_write_three_messages_until_the_other_accepts() {
    with_system(async |system| {
        let request = Request::make(system).await;
        assert_eq!(request.states(&request.ann).await, ["accepted", "pending"]);
        assert_eq!(request.states(&request.bob).await, ["pending", "accepted"]);
        assert_eq!(request.listed(&request.bob, "?requests=true").await, [json!(request.id)]);
        assert!(request.listed(&request.bob, "?requests=false").await.is_empty());
        assert!(request.listed(&request.ann, "?requests=true").await.is_empty());
        for n in 1..=3 {
            request.say(&request.asks, &n.to_string()).await.unwrap();
        }
        assert_eq!(request.say(&request.asks, "4").await.unwrap_err(), "FORBIDDEN");
        let refused = request.ann.post(&request.path("/messages"), &json!({ "content": "4" })).await.problem();
        assert!(refused.is(403, "FORBIDDEN"), "{refused:?}");
        request.asked.message("3").await;

        let own = request.ann.post(&request.path("/accept"), &json!({})).await.problem();
        assert!(own.is(403, "FORBIDDEN"), "{own:?}");
        let payload = json!({ "conversationId": request.id });
        let accepted = request.asked.call("conversation:accept", payload.clone()).await.unwrap();
        assert_eq!(accepted["me"]["request"], "accepted");
        for device in [&request.asks, &request.asked] {
            let event = device.next_event("request:accepted").await;
            let expected = json!({ "conversationId": request.id, "acceptedBy": request.bob.id, "change": accepted["lastChange"] });
            assert_eq!(event, expected);
        }
        let again = request.bob.post(&request.path("/accept"), &json!({})).await.ok();
        assert_eq!(again["lastChange"], accepted["lastChange"], "once is enough");
        assert_eq!(request.asked.call("conversation:decline", payload).await.unwrap_err()["code"], "CONFLICT");
        for n in 4..=8 {
            request.say(&request.asks, &n.to_string()).await.unwrap();
        }
        assert!(request.listed(&request.bob, "?requests=true").await.is_empty());
        assert_eq!(request.asks.events("request:accepted").len(), 1);
    })
    .await;
}

#[tokio::test]
async fn who_replies_accepts() {
    with_system(async |system| {
        let request = Request::make(system).await;
        let mut tap = Tap::on(system, &system.names().events(), "request.*").await;
        request.say(&request.asks, "hello?").await.unwrap();
        request.say(&request.asked, "hello!").await.unwrap();
        assert_eq!(request.states(&request.ann).await, ["accepted", "accepted"]);
        for device in [&request.asks, &request.asked] {
            let event = device.next_event("request:accepted").await;
            assert_eq!(event["acceptedBy"], request.bob.id);
        }
        let event = tap.next().await;
        assert_eq!(
            (&event["type"], &event["data"]["acceptedBy"]),
            (&json!("request.accepted"), &json!(request.bob.id))
        );
        for n in 0..5 {
            request.say(&request.asks, &n.to_string()).await.unwrap();
        }
        assert_eq!(request.ann.conversation(&request.id).await["lastChange"], 1);
    })
    .await;
}

#[tokio::test]
async fn who_declines_hides_it_and_alone_may_take_it_up_again() {
    with_system(async |system| {
        let request = Request::make(system).await;
        let asked = request.say(&request.asks, "hello?").await.unwrap();
        let declined = request
            .bob
            .post(&request.path("/decline"), &json!({}))
            .await
            .ok();
        assert_eq!(
            (&declined["me"]["request"], &declined["me"]["hidden"]),
            (&json!("declined"), &json!(true))
        );
        for device in [&request.asks, &request.asked] {
            let event = device.next_event("request:declined").await;
            assert_eq!(
                (&event["declinedBy"], &event["change"]),
                (&json!(request.bob.id), &declined["lastChange"])
            );
        }
        assert!(request.listed(&request.bob, "").await.is_empty());
        assert!(
            request
                .listed(&request.bob, "?requests=true")
                .await
                .is_empty()
        );
        assert_eq!(
            request.say(&request.asks, "please").await.unwrap_err(),
            "FORBIDDEN"
        );
        assert_eq!(
            request.ann.ask(&request.bob).await,
            request.id,
            "asking again finds the same"
        );
        assert_eq!(
            request.say(&request.asks, "please").await.unwrap_err(),
            "FORBIDDEN"
        );
        let edit = json!({ "messageId": asked["id"], "content": "please, please" });
        let edited = request.asks.call("message:edit", edit).await.unwrap_err();
        assert_eq!(edited["code"], "FORBIDDEN");
        let payload = json!({ "conversationId": request.id });
        let again = request
            .asked
            .call("conversation:decline", payload.clone())
            .await
            .unwrap();
        assert_eq!(
            again["lastChange"], declined["lastChange"],
            "once is enough"
        );
        let own = request
            .asks
            .call("conversation:decline", payload)
            .await
            .unwrap_err();
        assert_eq!(own["code"], "FORBIDDEN");

        request.say(&request.asked, "well then").await.unwrap();
        assert_eq!(request.states(&request.bob).await, ["accepted", "accepted"]);
        assert_eq!(request.listed(&request.bob, "").await, [json!(request.id)]);
        request.say(&request.asks, "thank you").await.unwrap();
    })
    .await;
}

#[tokio::test]
async fn groups_are_not_asked_for_and_strangers_answer_nothing() {
    with_system(async |system| {
        let request = Request::make(system).await;
        let [eve] = system.people(["eve"]).await;
        let group = request.ann.group("group", &[&request.bob]).await;
        for verb in ["accept", "decline"] {
            let path = format!("/chat/conversations/{group}/{verb}");
            let refused = request.bob.post(&path, &json!({})).await.problem();
            assert!(refused.is(403, "FORBIDDEN"), "{refused:?}");
            let stranger = eve
                .post(&request.path(&format!("/{verb}")), &json!({}))
                .await
                .problem();
            assert!(stranger.is(404, "NOT_FOUND"), "{stranger:?}");
        }
    })
    .await;
}

#[tokio::test]
async fn a_conversation_from_before_there_were_requests_is_accepted() {
    with_system(async |system| {
        let request = Request::make(system).await;
        let members: mongodb::Collection<mongodb::bson::Document> =
            system.scratch.chat_database().await.collection("members");
        system.stop(Pool::Chat).await;
        let before = mongodb::bson::doc! { "$unset": { "request": "" } };
        members
            .update_many(mongodb::bson::doc! {}, before)
            .await
            .unwrap();
        system.start(Pool::Chat).await;
        for n in 0..5 {
            request.say(&request.asks, &n.to_string()).await.unwrap();
        }
        assert_eq!(request.states(&request.bob).await, ["accepted", "accepted"]);
    })
    .await;
}

#[tokio::test]
async fn accepting_while_others_write_gives_one_order() {
    with_system(async |system| {
        let request = Request::make(system).await;
        let sent: Vec<u64> = (0..6)
            .map(|n| {
                request
                    .asks
                    .start("message:send", &message(&request.id, &n.to_string()))
            })
            .collect();
        let payload = json!({ "conversationId": request.id });
        let accept = request.asked.start("conversation:accept", &payload);
        let decline = request.asked.start("conversation:decline", &payload);
        let mut stored = Vec::new();
        for ack in sent {
            stored.push(request.asks.answer(ack).await);
        }
        let (accepted, declined) = (
            request.asked.answer(accept).await,
            request.asked.answer(decline).await,
        );
        accepted.unwrap();
        assert_eq!(declined.unwrap_err()["code"], "CONFLICT");
        let stored: Vec<Value> = stored.into_iter().flatten().collect();
        assert!(stored.len() >= 3);
        assert_eq!(request.bob.history(&request.id).await, stored);
        assert_eq!(request.states(&request.ann).await, ["accepted", "accepted"]);
    })
    .await;
}

#[tokio::test]
async fn how_far_somebody_has_read_is_told_when_they_agree_to_talk() {
    with_system(async |system| {
        let request = Request::make(system).await;
        for content in ["one", "two"] {
            request.say(&request.asks, content).await.unwrap();
        }
        let mark = async |by: &Person| {
            let seen = by.conversation(&request.id).await;
            let members = seen["members"].as_array().unwrap();
            let bob = members.iter().find(|m| m["userId"] == request.bob.id);
            let mark = |field: &str| bob.unwrap()[field].as_u64().unwrap();
            (mark("lastReadSeq"), mark("lastDeliveredSeq"))
        };
        request
            .bob
            .post(&request.path("/read"), &json!({ "seq": 1 }))
            .await
            .ok();
        let last = &request.bob.history(&request.id).await[1];
        let read = request
            .asked
            .call("message:read", json!({ "messageId": last["id"] }));
        assert_eq!(read.await.unwrap()["lastReadSeq"], 2);
        // The reader's own devices know, and nobody else.
        let told = request
            .asked
            .event_where("conversation:read", |e| e["lastReadSeq"] == 2);
        assert_eq!(told.await["userId"], request.bob.id);
        assert_eq!(mark(&request.bob).await, (2, 2));
        assert_eq!(mark(&request.ann).await, (0, 0));
        request.say(&request.asks, "three").await.unwrap();
        request.asks.message("three").await;
        assert!(request.asks.events("message:status").is_empty());
        let of_bob = |e: &Value| e["userId"] == request.bob.id;
        assert!(!request.asks.events("conversation:read").iter().any(of_bob));

        request
            .bob
            .post(&request.path("/accept"), &json!({}))
            .await
            .ok();
        let told = request.asks.event_where("conversation:read", of_bob);
        assert_eq!(told.await["lastReadSeq"], 2);
        assert_eq!(mark(&request.ann).await, (2, 2));
        request
            .bob
            .post(&request.path("/read"), &json!({}))
            .await
            .ok();
        let told = request
            .asks
            .event_where("conversation:read", |e| e["lastReadSeq"] == 3);
        assert_eq!(told.await["userId"], request.bob.id);
    })
    .await;
}
