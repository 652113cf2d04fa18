use std::{
    collections::HashMap,
    net::IpAddr,
    sync::{Mutex, PoisonError},
    time::Instant,
};

use warren_topology::{
    actions::RateClass,
    failure::{ErrorCode, Failure},
    ids::UserId,
};

use crate::{net::rate_key, settings::LimitsConfig};

/// The most buckets in memory. Full ones are forgotten first: they would allow a whole burst anyway.
const MAX_BUCKETS: usize = 200_000;

/// A rate: so many at once, then one per interval (the token bucket in its virtual-scheduling form, ITU-T I.371).
#[derive(Clone, Copy, Debug)]
struct Rate {
    interval_nanos: u64,
    burst: u64,
}

impl Rate {
    fn new(count: u32, seconds: u64, burst: u32) -> Self {
        let interval_nanos = seconds * 1_000_000_000 / u64::from(count.max(1));
        Self {
            interval_nanos,
            burst: u64::from(burst.max(1)),
        }
    }

    fn times(self, factor: u32) -> Self {
        let factor = u64::from(factor.max(1));
        Self {
            interval_nanos: self.interval_nanos / factor,
            burst: self.burst * factor,
        }
    }
}

#[derive(Clone, Copy, PartialEq, Eq, Hash)]
enum Whose {
    User(UserId),
    Address(IpAddr),
}

/// Who has done how much lately.
pub(crate) struct Rates {
    enabled: bool,
    per_user: [Rate; RateClass::ALL.len()],
    per_address: [Rate; RateClass::ALL.len()],
    started: Instant,
    /// Per bucket the time, in nanoseconds since the start, at which it will be full again.
    buckets: Mutex<HashMap<(Whose, RateClass), u64>>,
}

impl Rates {
    pub(crate) fn new(limits: &LimitsConfig) -> Self {
        let per_user = RateClass::ALL.map(|class| match class {
            RateClass::SignIn => Rate::new(limits.sign_in_per_minute, 60, limits.sign_in_burst),
            RateClass::Read => Rate::new(limits.read_per_second, 1, limits.read_burst),
            RateClass::Write => Rate::new(limits.write_per_second, 1, limits.write_burst),
            RateClass::Message => Rate::new(limits.message_per_second, 1, limits.message_burst),
        });
        let per_address = RateClass::ALL.map(|class| match class {
            RateClass::SignIn => per_user[class.index()],
            _ => per_user[class.index()].times(limits.address_factor),
        });
        let (started, buckets) = (Instant::now(), Mutex::default());
        Self {
            enabled: limits.enabled,
            per_user,
            per_address,
            started,
            buckets,
        }
    }

    /// Counts one action, or refuses it. Without a user only the address counts; sign-ins always count by address alone.
    ///
    /// # Errors
    /// `RATE_LIMITED`.
    pub(crate) fn count(
        &self,
        class: RateClass,
        user: Option<UserId>,
        address: IpAddr,
    ) -> Result<(), Failure> {
        if !self.enabled {
            return Ok(());
        }
        let now = self.started.elapsed().as_nanos() as u64;
        self.count_at(class, user, address, now)
    }

    fn count_at(
        &self,
        class: RateClass,
        user: Option<UserId>,
        address: IpAddr,
        now: u64,
    ) -> Result<(), Failure> {
        let mut buckets = self.buckets.lock().unwrap_or_else(PoisonError::into_inner);
        if buckets.len() >= MAX_BUCKETS {
            buckets.retain(|_, full_at| *full_at > now);
            if buckets.len() >= MAX_BUCKETS {
                // A flood from more addresses than fit: better to start over than to grow or to refuse everybody.
                buckets.clear();
            }
        }
        let mut take = |whose, rate: Rate| {
            let full_at = buckets.entry((whose, class)).or_insert(now);
            let earliest = (*full_at).max(now);
            let allowed = earliest - now <= rate.interval_nanos * (rate.burst - 1);
            if allowed {
                *full_at = earliest + rate.interval_nanos;
            }
            allowed
        };
        let by_user = match user {
            Some(user) if class != RateClass::SignIn => {
                take(Whose::User(user), self.per_user[class.index()])
            }
            _ => true,
        };
        if by_user
            && take(
                Whose::Address(rate_key(address)),
                self.per_address[class.index()],
            )
        {
            Ok(())
        } else {
            Err(Failure::new(
                ErrorCode::RateLimited,
                "Too many of these in too short a time. Wait a moment.",
            ))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: u64 = 1_000_000_000;

    fn rates(enabled: bool) -> Rates {
        Rates::new(&LimitsConfig {
            enabled,
            sign_in_per_minute: 6,
            sign_in_burst: 2,
            read_per_second: 10,
            read_burst: 3,
            write_per_second: 1,
            write_burst: 1,
            message_per_second: 1,
            message_burst: 1,
            address_factor: 2,
            sockets_per_user: 1,
            sockets_per_address: 1,
            connections_per_address: 1,
        })
    }

    fn allowed(
        rates: &Rates,
        class: RateClass,
        user: Option<i64>,
        address: &str,
        now: u64,
    ) -> bool {
        let address = address.parse().expect("an address");
        rates
            .count_at(class, user.map(UserId), address, now)
            .is_ok()
    }

    #[test]
    fn a_burst_passes_and_then_the_rate_holds() {
        let rates = rates(true);
        let read = |now| allowed(&rates, RateClass::Read, Some(1), "192.0.2.1", now);
        assert!(read(0) && read(0) && read(0));
        assert!(!read(0));
        assert!(read(SECOND / 10));
        assert!(!read(SECOND / 10));
        assert!(read(10 * SECOND) && read(10 * SECOND) && read(10 * SECOND));
        assert!(!read(10 * SECOND));
    }

    #[test]
    fn classes_and_users_do_not_disturb_each_other() {
        let rates = rates(true);
        assert!(allowed(&rates, RateClass::Write, Some(1), "192.0.2.1", 0));
        assert!(!allowed(&rates, RateClass::Write, Some(1), "192.0.2.1", 0));
        assert!(allowed(&rates, RateClass::Message, Some(1), "192.0.2.1", 0));
        assert!(allowed(&rates, RateClass::Write, Some(2), "192.0.2.1", 0));
    }

    #[test]
    fn an_address_has_the_rate_of_so_many_users() {
        let rates = rates(true);
        assert!(allowed(&rates, RateClass::Write, Some(1), "192.0.2.1", 0));
        assert!(allowed(&rates, RateClass::Write, Some(2), "192.0.2.1", 0));
        assert!(!allowed(&rates, RateClass::Write, Some(3), "192.0.2.1", 0));
        assert!(allowed(&rates, RateClass::Write, Some(4), "192.0.2.2", 0));
    }

    #[test]
    fn sign_ins_count_by_address() {
        let rates = rates(true);
        let sign_in = |user, now| allowed(&rates, RateClass::SignIn, user, "2001:db8::1", now);
        assert!(sign_in(None, 0) && sign_in(Some(1), 0));
        assert!(!sign_in(Some(2), 0));
        assert!(sign_in(None, 10 * SECOND));
    }

    #[test]
    fn disabled_limits_nothing() {
        let rates = rates(false);
        let address = "192.0.2.1".parse().expect("an address");
        assert!((0..100).all(|_| {
            rates
                .count(RateClass::Write, Some(UserId(1)), address)
                .is_ok()
        }));
    }
}
