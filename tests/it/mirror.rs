//! A client that keeps what it knows of a conversation by events alone, to be compared with what the server says afresh.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::support::{Device, Person, text};

/// A conversation as events leave it.
#[derive(Debug, PartialEq)]
pub(crate) struct Mirror {
    conversation: Value,
    messages: BTreeMap<u64, Value>,
    /// How many of the device's events have been taken in.
    taken: usize,
}

impl Mirror {
    /// What the server says now; events from now on are to be taken in.
    pub(crate) async fn of(person: &Person, device: &Device, conversation: &str) -> Self {
        let taken = device.all().len();
        Self {
            taken,
            ..Self::fresh(person, conversation).await
        }
    }

    async fn fresh(person: &Person, conversation: &str) -> Self {
        let history = person.history(conversation).await;
        let messages = history.into_iter().map(|m| (m["seq"].as_u64().unwrap(), m));
        Self {
            conversation: person.conversation(conversation).await,
            messages: messages.collect(),
            taken: 0,
        }
    }

    /// Takes in what the device has been told since, then compares with what the server says.
    pub(crate) async fn is_true(&mut self, person: &Person, device: &Device) {
        for (name, event) in &device.all()[self.taken..] {
            self.take(person, name, event);
        }
        self.taken = 0;
        let id = text(&self.conversation["id"]);
        let mut fresh = Self::fresh(person, &id).await;
        for state in [&mut *self, &mut fresh] {
            let members = state.conversation["members"].as_array_mut().unwrap();
            members.sort_by_key(|member| member["userId"].as_i64());
            // One's own words are read as soon as they are written; others' marks come as events.
            for member in members {
                member.as_object_mut().unwrap().remove("lastDeliveredSeq");
            }
        }
        assert_eq!(*self, fresh, "{}", person.name);
        self.taken = device.all().len();
    }

    fn take(&mut self, person: &Person, name: &str, event: &Value) {
        let is_other = event["conversationId"] != self.conversation["id"];
        if is_other || name.starts_with("notification:") {
            return;
        }
        match name {
            // What the server said at the beginning has it.
            "conversation:created" => {}
            "message:created" => {
                self.messages
                    .insert(event["seq"].as_u64().unwrap(), event.clone());
                self.conversation["lastSeq"] = event["seq"].clone();
                self.conversation["lastMessage"] = event.clone();
                self.conversation["lastActivityAt"] = event["createdAt"].clone();
                let (seq, sender) = (event["seq"].as_u64().unwrap(), &event["senderId"]);
                let is_system = event["type"] == "system";
                for member in self.conversation["members"].as_array_mut().unwrap() {
                    let is_next = member["lastReadSeq"].as_u64().unwrap() + 1 == seq;
                    if member["userId"] == *sender && (is_next || !is_system) {
                        member["lastReadSeq"] = json!(seq);
                    }
                }
                self.count(person);
            }
            "message:updated" => {
                self.change(&event["change"]);
                self.replace(event.clone());
            }
            "message:deleted" => {
                self.change(&event["change"]);
                let mut tombstone = self.messages[&event["seq"].as_u64().unwrap()].clone();
                tombstone["content"] = json!("");
                tombstone["attachments"] = json!([]);
                for field in ["deletedAt", "deletedBy", "change"] {
                    tombstone[field] = event[field].clone();
                }
                self.replace(tombstone);
            }
            "conversation:updated" => {
                self.change(&event["change"]);
                for field in ["name", "avatarUrl"] {
                    match event.get(field) {
                        Some(value) if value == "" => self.conversation[field] = Value::Null,
                        Some(value) => self.conversation[field] = value.clone(),
                        None => {}
                    }
                }
                for role in event["roles"].as_array().into_iter().flatten() {
                    if role["userId"] == person.id {
                        self.conversation["me"]["role"] = role["role"].clone();
                    }
                    let members = self.conversation["members"].as_array_mut().unwrap();
                    let member = members.iter_mut().find(|m| m["userId"] == role["userId"]);
                    member.unwrap()["role"] = role["role"].clone();
                }
                if let Some(at) = event.get("endedAt") {
                    self.conversation["endedAt"] = at.clone();
                }
                if let Some(me) = event.get("me") {
                    self.conversation["me"] = me.clone();
                }
            }
            "conversation:member-added" => {
                self.change(&event["change"]);
                self.conversation["memberCount"] = event["memberCount"].clone();
                let members = self.conversation["members"].as_array_mut().unwrap();
                members.extend(event["members"].as_array().unwrap().iter().cloned());
            }
            "conversation:member-removed" => {
                self.change(&event["change"]);
                self.conversation["memberCount"] = event["memberCount"].clone();
                let members = self.conversation["members"].as_array_mut().unwrap();
                members.retain(|member| member["userId"] != event["userId"]);
            }
            "request:accepted" | "request:declined" => {
                self.change(&event["change"]);
                let (who, state) = match name {
                    "request:accepted" => (&event["acceptedBy"], "accepted"),
                    _ => (&event["declinedBy"], "declined"),
                };
                if *who == person.id {
                    self.conversation["me"]["request"] = json!(state);
                    self.conversation["me"]["hidden"] = json!(state == "declined");
                }
                let members = self.conversation["members"].as_array_mut().unwrap();
                let member = members.iter_mut().find(|m| m["userId"] == *who);
                member.unwrap()["request"] = json!(state);
            }
            "conversation:read" => {
                let members = self.conversation["members"].as_array_mut().unwrap();
                let member = members.iter_mut().find(|m| m["userId"] == event["userId"]);
                member.unwrap()["lastReadSeq"] = event["lastReadSeq"].clone();
                self.count(person);
            }
            other => panic!("{other} is not understood: {event}"),
        }
    }

    fn change(&mut self, number: &Value) {
        if number.as_u64() > self.conversation["lastChange"].as_u64() {
            self.conversation["lastChange"] = number.clone();
        }
    }

    fn replace(&mut self, message: Value) {
        if self.conversation["lastMessage"]["id"] == message["id"] {
            self.conversation["lastMessage"] = message.clone();
        }
        self.messages
            .insert(message["seq"].as_u64().unwrap(), message);
    }

    /// What is unread follows from what is read.
    fn count(&mut self, person: &Person) {
        let members = self.conversation["members"].as_array().unwrap();
        let own = members.iter().find(|member| member["userId"] == person.id);
        let read = own.unwrap()["lastReadSeq"].as_u64().unwrap();
        let last = self.conversation["lastSeq"].as_u64().unwrap();
        self.conversation["me"]["lastReadSeq"] = json!(read);
        self.conversation["me"]["unread"] = json!(last - read);
    }
}
