//! A client that keeps what it knows of a conversation by events alone, to be compared with what the server says afresh.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::support::{Device, LOOK_EVERY, PATIENCE, Person, text};

/// What is known of a conversation.
#[derive(Clone, Debug, PartialEq)]
struct State {
    conversation: Value,
    messages: BTreeMap<u64, Value>,
}

/// A conversation as events leave it.
#[derive(Debug)]
pub(crate) struct Mirror {
    state: State,
    /// The place up to which its owner has deleted it.
    cleared: u64,
    /// Whether that is why it is not listed.
    deleted: bool,
    /// How many of the device's events have been taken in.
    taken: usize,
}

impl State {
    async fn fresh(person: &Person, conversation: &str) -> Self {
        let history = person.history(conversation).await;
        let messages = history.into_iter().map(|m| (m["seq"].as_u64().unwrap(), m));
        let mut conversation = person.conversation(conversation).await;
        let members = conversation["members"].as_array_mut().unwrap();
        members.sort_by_key(|member| member["userId"].as_i64());
        Self {
            conversation,
            messages: messages.collect(),
        }
    }
}

impl Mirror {
    /// What the server says now; events from now on are to be taken in.
    pub(crate) async fn of(person: &Person, device: &Device, conversation: &str) -> Self {
        let taken = device.all().len();
        Self {
            state: State::fresh(person, conversation).await,
            cleared: 0,
            deleted: false,
            taken,
        }
    }

    /// Takes in what the device has been told since, then compares with what the server says.
    pub(crate) async fn is_true(&mut self, person: &Person, device: &Device) {
        let fresh = self.compare(person, device).await;
        assert_eq!(self.state, fresh, "{}", person.name);
    }

    /// Takes in what the device is told until it is what the server says.
    pub(crate) async fn becomes_true(&mut self, person: &Person, device: &Device, after: &str) {
        let mut fresh = None;
        let is_same = async {
            loop {
                let now = self.compare(person, device).await;
                let is_same = self.state == now;
                fresh = Some(now);
                if is_same {
                    return;
                }
                tokio::time::sleep(LOOK_EVERY).await;
            }
        };
        if tokio::time::timeout(PATIENCE, is_same).await.is_err() {
            let name = &person.name;
            assert_eq!(Some(&self.state), fresh.as_ref(), "{name}, {after}");
        }
    }

    /// Takes in what the device has been told; what the server says.
    async fn compare(&mut self, person: &Person, device: &Device) -> State {
        let id = text(&self.state.conversation["id"]);
        let fresh = State::fresh(person, &id).await;
        let told = device.all();
        for (name, event) in &told[self.taken..] {
            self.take(person, name, event);
        }
        self.taken = told.len();
        let members = self.state.conversation["members"].as_array_mut().unwrap();
        members.sort_by_key(|member| member["userId"].as_i64());
        fresh
    }

    fn take(&mut self, person: &Person, name: &str, event: &Value) {
        if name == "user:updated" {
            return self.rename(event);
        }
        let is_other = event["conversationId"] != self.state.conversation["id"];
        if is_other || name.starts_with("notification:") {
            return;
        }
        match name {
            // What the server said at the beginning has it.
            "conversation:created" => {}
            "message:created" => {
                self.state
                    .messages
                    .insert(event["seq"].as_u64().unwrap(), event.clone());
                self.state.conversation["lastSeq"] = event["seq"].clone();
                self.state.conversation["lastMessage"] = event.clone();
                self.state.conversation["lastActivityAt"] = event["createdAt"].clone();
                let (seq, sender) = (event["seq"].as_u64().unwrap(), &event["senderId"]);
                let is_system = event["type"] == "system";
                if let Some(member) = self.member(sender) {
                    let is_next = member["lastReadSeq"].as_u64().unwrap() + 1 == seq;
                    if is_next || !is_system {
                        raise(member, "lastReadSeq", seq);
                        raise(member, "lastDeliveredSeq", seq);
                    }
                }
                let me = &mut self.state.conversation["me"];
                let is_disturbed = me["muted"] == false || self.deleted;
                if is_disturbed || *sender == person.id {
                    me["hidden"] = json!(false);
                }
                self.count(person);
            }
            "message:updated" => {
                self.change(&event["change"]);
                self.replace(event.clone());
            }
            "message:deleted" => {
                self.change(&event["change"]);
                let mut tombstone = self.state.messages[&event["seq"].as_u64().unwrap()].clone();
                tombstone["content"] = json!("");
                tombstone["attachments"] = json!([]);
                for gone in ["files", "mentions", "mentionsAll"] {
                    tombstone.as_object_mut().unwrap().remove(gone);
                }
                for field in ["deletedAt", "deletedBy", "change"] {
                    tombstone[field] = event[field].clone();
                }
                self.replace(tombstone);
            }
            "conversation:updated" => {
                self.change(&event["change"]);
                for field in ["name", "avatarUrl"] {
                    match event.get(field) {
                        Some(value) if value == "" => self.state.conversation[field] = Value::Null,
                        Some(value) => self.state.conversation[field] = value.clone(),
                        None => {}
                    }
                }
                for role in event["roles"].as_array().into_iter().flatten() {
                    if role["userId"] == person.id {
                        self.state.conversation["me"]["role"] = role["role"].clone();
                    }
                    let members = self.state.conversation["members"].as_array_mut().unwrap();
                    let member = members.iter_mut().find(|m| m["userId"] == role["userId"]);
                    member.unwrap()["role"] = role["role"].clone();
                }
                if let Some(at) = event.get("endedAt") {
                    self.state.conversation["endedAt"] = at.clone();
                }
                if let Some(me) = event.get("me") {
                    self.state.conversation["me"] = me.clone();
                    self.deleted &= me["hidden"] == true;
                }
            }
            "conversation:member-added" => {
                self.change(&event["change"]);
                self.state.conversation["memberCount"] = event["memberCount"].clone();
                let members = self.state.conversation["members"].as_array_mut().unwrap();
                members.extend(event["members"].as_array().unwrap().iter().cloned());
            }
            "conversation:member-removed" => {
                self.change(&event["change"]);
                self.state.conversation["memberCount"] = event["memberCount"].clone();
                let members = self.state.conversation["members"].as_array_mut().unwrap();
                members.retain(|member| member["userId"] != event["userId"]);
            }
            "request:accepted" | "request:declined" => {
                self.change(&event["change"]);
                let (who, state) = match name {
                    "request:accepted" => (&event["acceptedBy"], "accepted"),
                    _ => (&event["declinedBy"], "declined"),
                };
                if *who == person.id {
                    self.state.conversation["me"]["request"] = json!(state);
                    self.state.conversation["me"]["hidden"] = json!(state == "declined");
                }
                let members = self.state.conversation["members"].as_array_mut().unwrap();
                let member = members.iter_mut().find(|m| m["userId"] == *who);
                member.unwrap()["request"] = json!(state);
            }
            "conversation:read" => {
                let members = self.state.conversation["members"].as_array_mut().unwrap();
                let member = members.iter_mut().find(|m| m["userId"] == event["userId"]);
                let read = event["lastReadSeq"].as_u64().unwrap();
                let member = member.unwrap();
                raise(member, "lastReadSeq", read);
                raise(member, "lastDeliveredSeq", read);
                self.count(person);
            }
            "message:status" => {
                let seq = event["seq"].as_u64().unwrap();
                if let Some(member) = self.member(&event["userId"]) {
                    raise(member, "lastDeliveredSeq", seq);
                }
            }
            // Its owner has deleted it: it begins anew.
            "conversation:deleted" => {
                self.change(&event["change"]);
                self.cleared = self.state.conversation["lastSeq"].as_u64().unwrap();
                self.deleted = true;
                self.state.messages.clear();
                self.state.conversation["lastMessage"] = Value::Null;
                self.state.conversation["me"]["hidden"] = json!(true);
                self.state.conversation["me"]["pinned"] = json!(false);
                self.count(person);
            }
            other => panic!("{other} is not understood: {event}"),
        }
    }

    fn change(&mut self, number: &Value) {
        if number.as_u64() > self.state.conversation["lastChange"].as_u64() {
            self.state.conversation["lastChange"] = number.clone();
        }
    }

    fn replace(&mut self, message: Value) {
        if self.state.conversation["lastMessage"]["id"] == message["id"] {
            self.state.conversation["lastMessage"] = message.clone();
        }
        self.state
            .messages
            .insert(message["seq"].as_u64().unwrap(), message);
    }

    /// What is unread follows from what is read.
    fn count(&mut self, person: &Person) {
        let members = self.state.conversation["members"].as_array().unwrap();
        let own = members.iter().find(|member| member["userId"] == person.id);
        let read = own.unwrap()["lastReadSeq"].as_u64().unwrap();
        let last = self.state.conversation["lastSeq"].as_u64().unwrap();
        let known = read.max(self.cleared);
        self.state.conversation["me"]["lastReadSeq"] = json!(read);
        self.state.conversation["me"]["unread"] = json!(last - known);
    }

    fn member(&mut self, user: &Value) -> Option<&mut Value> {
        let members = self.state.conversation["members"].as_array_mut().unwrap();
        members.iter_mut().find(|member| member["userId"] == *user)
    }

    fn rename(&mut self, user: &Value) {
        if let Some(member) = self.member(&user["userId"]) {
            for field in ["username", "displayName", "avatarUrl"] {
                member[field] = user[field].clone();
            }
        }
    }
}

/// Moves a mark, never back.
fn raise(member: &mut Value, mark: &str, seq: u64) {
    let now = member[mark].as_u64().unwrap();
    member[mark] = json!(now.max(seq));
}
