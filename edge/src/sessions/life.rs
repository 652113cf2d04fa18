use std::time::{Duration, Instant};

use warren_topology::payload::Timestamp;

use crate::auth::Proof;

/// How long a client may stay: until it must have entered a namespace, then until its access token ends.
pub(crate) struct Life {
    until: Instant,
    /// When the client is told that its token is about to end.
    notice: Option<Instant>,
    /// When the token ends, in seconds since the Unix epoch.
    expires: u64,
}

/// What is due.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Due {
    Nothing,
    Notice,
    End,
}

impl Life {
    /// Of a client that is in no namespace.
    pub(crate) fn new(sign_in_timeout: Duration) -> Self {
        Self {
            until: Instant::now() + sign_in_timeout,
            notice: None,
            expires: 0,
        }
    }

    /// Goes on with a token. The one that ends last counts.
    pub(crate) fn go_on(&mut self, proof: &Proof, notice: Duration) {
        if proof.expires <= self.expires {
            return;
        }
        let left = proof.remaining();
        self.until = Instant::now() + left;
        self.notice = Some(self.until - notice.min(left / 2));
        self.expires = proof.expires;
    }

    /// When the token ends.
    pub(crate) fn expires_at(&self) -> Timestamp {
        Timestamp::from_millis(
            i64::try_from(self.expires).map_or(i64::MAX, |s| s.saturating_mul(1_000)),
        )
    }

    /// When to ask what is [`Life::due`].
    pub(crate) fn deadline(&self) -> Instant {
        self.notice.unwrap_or(self.until)
    }

    /// What is due; each notice once.
    pub(crate) fn due(&mut self, now: Instant) -> Due {
        if now >= self.until {
            Due::End
        } else if self.notice.take_if(|notice| *notice <= now).is_some() {
            Due::Notice
        } else {
            Due::Nothing
        }
    }
}
