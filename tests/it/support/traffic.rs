use std::{
    cell::{Cell, RefCell},
    collections::BTreeMap,
};

use futures_util::future::{Either, join_all, select};
use serde_json::{Value, json};

use super::{Device, Person, eventually, seqs, within};

/// Messages that a device keeps sending to a conversation, some of them at a time; all must be acknowledged.
pub(crate) struct Traffic<'a> {
    device: &'a Device,
    conversation: &'a str,
    name: &'a str,
    /// How many have been sent.
    sent: Cell<u64>,
    /// What was acknowledged, by its number.
    acked: RefCell<BTreeMap<u64, Value>>,
    stopping: Cell<bool>,
}

/// How many messages wait for their acknowledgement at a time.
const WINDOW: u64 = 4;

impl<'a> Traffic<'a> {
    /// Nothing is sent before [`Traffic::during`].
    pub(crate) fn new(device: &'a Device, conversation: &'a str, name: &'a str) -> Self {
        let (sent, acked, stopping) = Default::default();
        Self {
            device,
            conversation,
            name,
            sent,
            acked,
            stopping,
        }
    }

    /// Sends while something else happens, then waits for the last acknowledgements.
    pub(crate) async fn during<T>(all: &[Traffic<'_>], other: impl Future<Output = T>) -> T {
        let sending = join_all(
            all.iter()
                .flat_map(|traffic| (0..WINDOW).map(|_| traffic.send())),
        );
        match select(Box::pin(sending), Box::pin(other)).await {
            Either::Left(_) => panic!("sending ended by itself"),
            Either::Right((done, sending)) => {
                all.iter().for_each(|traffic| traffic.stopping.set(true));
                within("the last acknowledgements", sending).await;
                done
            }
        }
    }

    /// How many have been sent.
    pub(crate) fn sent(&self) -> u64 {
        self.sent.get()
    }

    /// Waits until so many more than now have been acknowledged.
    pub(crate) async fn more(&self, count: usize) {
        let wanted = self.acked.borrow().len() + count;
        eventually("more acknowledgements", async || {
            self.acked.borrow().len() >= wanted
        })
        .await;
    }

    /// What was acknowledged, in the order in which it was sent.
    pub(crate) fn acked(&self) -> Vec<Value> {
        self.acked.borrow().values().cloned().collect()
    }

    async fn send(&self) {
        while !self.stopping.get() {
            let number = self.sent.get();
            self.sent.set(number + 1);
            let client_id = format!("{}-{number}", self.name);
            let payload = json!({ "conversationId": self.conversation, "content": client_id, "clientId": client_id });
            let message = self.device.call("message:send", payload).await;
            let message = message.unwrap_or_else(|error| panic!("{client_id}: {error}"));
            assert_eq!(message["content"], client_id);
            self.acked.borrow_mut().insert(number, message);
        }
    }

    /// Asserts that what is stored is what was acknowledged, each once, each sender's in the order in which they were
    /// sent. Returns the history.
    pub(crate) async fn is_stored(all: &[Traffic<'_>], reader: &Person) -> Vec<Value> {
        let history = reader.history(all[0].conversation).await;
        let mut acked: Vec<Value> = all.iter().flat_map(Traffic::acked).collect();
        acked.sort_by_key(|message| message["seq"].as_u64());
        assert_eq!(history.len(), acked.len());
        for (stored, acked) in history.iter().zip(&acked) {
            assert_eq!(stored, acked);
        }
        for messages in all.iter().map(Traffic::acked).chain([history.clone()]) {
            let places = seqs(&messages);
            assert!(places.is_sorted_by(|one, next| one < next), "{places:?}");
        }
        history
    }
}
