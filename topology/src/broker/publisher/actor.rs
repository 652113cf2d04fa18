use std::{
    collections::HashMap,
    time::{Duration, Instant},
};

use futures_util::{Stream, StreamExt, future::BoxFuture, stream::FuturesUnordered};
use lapin::{
    BasicProperties, Channel, Confirmation, Connection, Event,
    options::{BasicPublishOptions, ConfirmSelectOptions},
};
use tokio::time::interval;
use tokio_util::sync::CancellationToken;
use tracing::{error, info, warn};

use super::{Lane, OnDisconnect, PublishError, PublisherTask, Submission, lane::LaneState};
use crate::broker::{BrokerError, connection::Supervisor, metrics};

/// How often deadlines and overdue confirms are looked for.
const TICK: Duration = Duration::from_millis(500);

type Confirms = FuturesUnordered<BoxFuture<'static, (Lane, lapin::Result<Confirmation>)>>;

struct Actor {
    task: PublisherTask,
    lanes: HashMap<Lane, LaneState>,
    waiting: usize,
    blocked: bool,
    open: bool,
}

pub(super) async fn run(task: PublisherTask, shutdown: CancellationToken) {
    let mut supervisor = Supervisor::new(&task.config, task.role, &task.component);
    let mut actor = Actor {
        task,
        lanes: HashMap::new(),
        waiting: 0,
        blocked: false,
        open: true,
    };
    while let Some(connection) = actor.offline(supervisor.connect(), &shutdown).await {
        match actor.session(&connection, &shutdown).await {
            Err(error) => {
                actor.refuse_if_impatient();
                if actor
                    .offline(supervisor.lost(connection, &error), &shutdown)
                    .await
                    .is_none()
                {
                    break;
                }
            }
            Ok(()) => {
                supervisor.closed(connection).await;
                break;
            }
        }
    }
    actor.close();
}

impl Actor {
    /// One connection's life.
    async fn session(
        &mut self,
        connection: &Connection,
        shutdown: &CancellationToken,
    ) -> Result<(), BrokerError> {
        let mut events = Box::pin(connection.events_listener());
        let channel = connection
            .create_channel()
            .await
            .map_err(BrokerError::doing("opening the publishing channel"))?;
        channel
            .confirm_select(ConfirmSelectOptions::default())
            .await
            .map_err(BrokerError::doing("asking for confirms"))?;
        self.task.component.up();
        let mut confirms = Confirms::new();
        let ended = self
            .publish_loop(&channel, &mut events, &mut confirms, shutdown)
            .await;
        metrics::IN_FLIGHT
            .with_label_values(&[self.task.role])
            .set(0);
        self.set_blocked(false);
        ended
    }

    async fn publish_loop(
        &mut self,
        channel: &Channel,
        events: &mut (impl Stream<Item = Event> + Unpin),
        confirms: &mut Confirms,
        shutdown: &CancellationToken,
    ) -> Result<(), BrokerError> {
        // What the last connection left unconfirmed goes first, under its old numbers.
        let unconfirmed: Vec<Lane> = self
            .lanes
            .iter()
            .filter(|(_, state)| state.flight.is_some())
            .map(|(lane, _)| lane.clone())
            .collect();
        for lane in unconfirmed {
            self.publish_flight(channel, &lane, confirms).await?;
        }
        let waiting: Vec<Lane> = self.lanes.keys().cloned().collect();
        for lane in waiting {
            self.take_off(channel, &lane, confirms).await?;
        }
        let mut ticks = interval(TICK);
        loop {
            if !self.open && self.settled() {
                return Ok(());
            }
            tokio::select! {
                biased;
                Some((lane, confirmation)) = confirms.next(), if !confirms.is_empty() => {
                    self.landed(&lane, confirmation)?;
                    self.take_off(channel, &lane, confirms).await?;
                }
                Some(event) = events.next() => match event {
                    Event::ConnectionBlocked(reason) => {
                        warn!(role = self.task.role, reason, "the broker blocks publishing (resource alarm)");
                        self.set_blocked(true);
                        self.refuse_if_impatient();
                    }
                    Event::ConnectionUnblocked => {
                        info!(role = self.task.role, "the broker accepts publishing again");
                        self.set_blocked(false);
                        let lanes: Vec<Lane> = self.lanes.keys().cloned().collect();
                        for lane in lanes {
                            self.take_off(channel, &lane, confirms).await?;
                        }
                    }
                    Event::Error(error) => return Err(BrokerError::doing("publishing")(error)),
                    _ => {}
                },
                _ = ticks.tick() => self.tick(channel)?,
                () = shutdown.cancelled() => return Ok(()),
                submission = self.task.submissions.recv(), if self.open && self.has_room() => match submission {
                    Some(submission) => {
                        let lane = submission.lane.clone();
                        self.enqueue(submission);
                        self.take_off(channel, &lane, confirms).await?;
                    }
                    None => self.open = false,
                },
            }
        }
    }

    fn has_room(&self) -> bool {
        self.waiting < self.task.config.publish_backlog
    }

    fn settled(&self) -> bool {
        self.lanes.values().all(LaneState::idle)
    }

    fn enqueue(&mut self, submission: Submission) {
        if self.blocked && self.task.on_disconnect == OnDisconnect::Refuse {
            submission.done.tell(Err(PublishError::Unavailable));
            return;
        }
        self.waiting += 1;
        self.lanes
            .entry(submission.lane.clone())
            .or_default()
            .push(submission);
    }

    /// Publishes the lane's next batch if nothing of it is in flight.
    async fn take_off(
        &mut self,
        channel: &Channel,
        lane: &Lane,
        confirms: &mut Confirms,
    ) -> Result<(), BrokerError> {
        if self.blocked {
            return Ok(());
        }
        let Some(state) = self.lanes.get_mut(lane) else {
            return Ok(());
        };
        let before = state.waiting();
        let from = self.task.from.borrow().clone();
        if state
            .next_flight(&from, self.task.config.max_batch_bytes)
            .is_none()
        {
            return Ok(());
        }
        self.waiting -= before - state.waiting();
        self.publish_flight(channel, lane, confirms).await
    }

    async fn publish_flight(
        &mut self,
        channel: &Channel,
        lane: &Lane,
        confirms: &mut Confirms,
    ) -> Result<(), BrokerError> {
        let now = Instant::now();
        let Some(state) = self.lanes.get_mut(lane) else {
            return Ok(());
        };
        let Some(flight) = &mut state.flight else {
            return Ok(());
        };
        if flight.expired(now) {
            state.land(Err(PublishError::Unconfirmed));
            return Ok(());
        }
        flight.published = now;
        metrics::BATCH_ITEMS
            .with_label_values(&[self.task.role])
            .observe(flight.count as f64);
        let mut properties = BasicProperties::default()
            .with_content_type("application/json".into())
            .with_delivery_mode(if lane.persistent { 2 } else { 1 });
        if let Some(millis) = flight.time_to_live(lane, now) {
            properties = properties.with_expiration(millis.to_string().into());
        }
        let options = BasicPublishOptions {
            mandatory: lane.mandatory,
            ..Default::default()
        };
        let confirm = channel
            .basic_publish(
                (&*lane.exchange).into(),
                (&*lane.key).into(),
                options,
                &flight.body,
                properties,
            )
            .await
            .map_err(BrokerError::doing("publishing"))?;
        let lane = lane.clone();
        confirms.push(Box::pin(async move { (lane, confirm.await) }));
        metrics::IN_FLIGHT
            .with_label_values(&[self.task.role])
            .set(confirms.len() as i64);
        Ok(())
    }

    /// Settles a lane's flight by its confirm.
    fn landed(
        &mut self,
        lane: &Lane,
        confirmation: lapin::Result<Confirmation>,
    ) -> Result<(), BrokerError> {
        let confirmation = confirmation.map_err(BrokerError::doing("waiting for a confirm"))?;
        let acked = confirmation.is_ack();
        // lapin hands a returned message to whatever confirm completes next, so the message itself says what it was.
        if let Some(returned) = confirmation.take_message() {
            let found = self.lanes.iter_mut().find(|(lane, state)| {
                state.flight.is_some()
                    && *lane.exchange == *returned.delivery.exchange.as_str()
                    && *lane.key == *returned.delivery.routing_key.as_str()
            });
            error!(exchange = %returned.delivery.exchange, key = %returned.delivery.routing_key, "no queue is bound: run warren-worker declare");
            if let Some((_, state)) = found
                && let Some(flight) = &mut state.flight
            {
                flight.unroutable = true;
            }
        }
        let Some(state) = self.lanes.get_mut(lane) else {
            return Ok(());
        };
        let unroutable = state
            .flight
            .as_ref()
            .is_some_and(|flight| flight.unroutable);
        let (outcome, label) = match (acked, unroutable) {
            (_, true) => (Err(PublishError::Unroutable), "unroutable"),
            (true, false) => (Ok(()), "confirmed"),
            (false, false) => (Err(PublishError::Busy), "rejected"),
        };
        metrics::PUBLISHES
            .with_label_values(&[self.task.role, label])
            .inc();
        if let Some(flight) = state.land(outcome) {
            metrics::confirm_seconds(self.task.role)
                .observe(flight.published.elapsed().as_secs_f64());
        }
        Ok(())
    }

    fn tick(&mut self, channel: &Channel) -> Result<(), BrokerError> {
        let now = Instant::now();
        let limit = self.task.config.confirm_timeout();
        let overdue = |state: &LaneState| {
            state
                .flight
                .as_ref()
                .is_some_and(|f| now.duration_since(f.published) > limit)
        };
        if !channel.status().connected() || (!self.blocked && self.lanes.values().any(overdue)) {
            metrics::PUBLISHES
                .with_label_values(&[self.task.role, "unconfirmed"])
                .inc();
            return Err(BrokerError::Unconfirmed(limit));
        }
        self.expire(now);
        Ok(())
    }

    /// Gives up what waits and is past its deadline.
    fn expire(&mut self, now: Instant) {
        for state in self.lanes.values_mut() {
            state.refuse(PublishError::Unavailable, |s| {
                s.deadline.is_some_and(|d| d <= now)
            });
            if state
                .flight
                .as_ref()
                .is_some_and(|flight| flight.expired(now))
            {
                state.forget();
            }
        }
        self.waiting = self.lanes.values().map(LaneState::waiting).sum();
    }

    fn set_blocked(&mut self, blocked: bool) {
        self.blocked = blocked;
        metrics::BLOCKED
            .with_label_values(&[self.task.role])
            .set(i64::from(blocked));
        if blocked {
            self.task
                .component
                .down("the broker blocks publishing (resource alarm)");
        } else {
            self.task.component.up();
        }
    }

    /// Refuses what waits, where somebody waits for an answer.
    fn refuse_if_impatient(&mut self) {
        if self.task.on_disconnect == OnDisconnect::Refuse {
            for state in self.lanes.values_mut() {
                state.refuse(PublishError::Unavailable, |_| true);
            }
            self.waiting = 0;
        }
    }

    /// Looks after submissions while something is `awaited` without a connection: refuses them, or keeps them. `None` when
    /// there is nothing left to wait for.
    async fn offline<T>(
        &mut self,
        awaited: impl Future<Output = T>,
        shutdown: &CancellationToken,
    ) -> Option<T> {
        let mut ticks = interval(TICK);
        tokio::pin!(awaited);
        loop {
            if !self.open && self.settled() {
                return None;
            }
            tokio::select! {
                done = &mut awaited => return Some(done),
                () = shutdown.cancelled() => return None,
                _ = ticks.tick() => self.expire(Instant::now()),
                submission = self.task.submissions.recv(), if self.open && self.has_room() => match submission {
                    Some(submission) if self.task.on_disconnect == OnDisconnect::Refuse => {
                        submission.done.tell(Err(PublishError::Unavailable));
                    }
                    Some(submission) => self.enqueue(submission),
                    None => self.open = false,
                },
            }
        }
    }

    /// Tells everybody who still waits that there is nobody any more.
    fn close(&mut self) {
        for state in self.lanes.values_mut() {
            state.land(Err(PublishError::Closed));
            state.refuse(PublishError::Closed, |_| true);
        }
    }
}
