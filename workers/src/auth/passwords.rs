//! Passwords: bcrypt, on threads for blocking work, no more at a time than there are cores.

use std::{num::NonZero, sync::Arc, thread::available_parallelism};

use tokio::{
    sync::{OwnedSemaphorePermit, Semaphore},
    task::spawn_blocking,
};
use warren_topology::payload::auth::MAX_PASSWORD_BYTES;

use crate::core::Fault;

/// The rest of a hash that no known password has: what is compared with when there is no account.
const NO_ACCOUNT: &str = "L6Bc/AlTQHyd9liGgGEZyOFLPHNgyxeEPfgYfBCVxJ7JIlwxyAAAu";

/// Hashes and compares passwords.
#[derive(Clone, Debug)]
pub struct Passwords {
    /// 2^cost rounds.
    cost: u32,
    slots: Arc<Semaphore>,
}

/// A turn on a core. Waiting for it comes first, so that what is decided after it is up to date.
#[derive(Debug)]
pub struct Slot {
    cost: u32,
    permit: OwnedSemaphorePermit,
}

impl Passwords {
    /// Hashes with this cost.
    #[must_use]
    pub fn new(cost: u32) -> Self {
        let cores = available_parallelism().map_or(1, NonZero::get);
        Self {
            cost,
            slots: Arc::new(Semaphore::new(cores)),
        }
    }

    /// Waits for a turn.
    ///
    /// # Errors
    /// Never: the semaphore is not closed.
    pub async fn slot(&self) -> Result<Slot, Fault> {
        let permit = Arc::clone(&self.slots).acquire_owned().await;
        let permit = permit.map_err(|error| Fault::Broken(error.to_string()))?;
        Ok(Slot {
            cost: self.cost,
            permit,
        })
    }
}

impl Slot {
    /// Hashes a password.
    ///
    /// # Errors
    /// When it is longer than 71 bytes, which whoever reads it from a client has refused before.
    pub async fn hash(self, password: String) -> Result<String, Fault> {
        self.run(move |cost| bcrypt::non_truncating_hash(password, cost))
            .await
    }

    /// Whether this is the password of the hash. Takes as long when there is no hash, because there is no account, or when
    /// the password is longer than any can be.
    ///
    /// # Errors
    /// When the hash is not one.
    pub async fn verify(self, password: String, hash: Option<String>) -> Result<bool, Fault> {
        self.run(move |cost| {
            // bcrypt repeats its key behind a zero byte, so that "a" and "a\0a" would be the same.
            let possible = password.len() <= MAX_PASSWORD_BYTES && !password.contains('\0');
            let password = if possible { password.as_bytes() } else { b"" };
            match hash {
                Some(hash) => Ok(bcrypt::non_truncating_verify(password, &hash)? && possible),
                None => {
                    bcrypt::non_truncating_verify(password, &format!("$2b${cost:02}${NO_ACCOUNT}"))
                        .map(|_| false)
                }
            }
        })
        .await
    }

    async fn run<T: Send + 'static>(
        self,
        work: impl FnOnce(u32) -> bcrypt::BcryptResult<T> + Send + 'static,
    ) -> Result<T, Fault> {
        let Self { cost, permit } = self;
        let done = spawn_blocking(move || {
            // Held by the thread: if the caller is gone, the core is busy all the same.
            let _permit = permit;
            work(cost)
        });
        match done.await {
            Ok(Ok(result)) => Ok(result),
            Ok(Err(error)) => Err(Fault::Broken(format!("bcrypt: {error}"))),
            Err(error) => Err(Fault::Broken(format!("bcrypt: {error}"))),
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use std::time::{Duration, Instant};

    use super::*;

    async fn hash(passwords: &Passwords, password: &str) -> Result<String, Fault> {
        passwords.slot().await.unwrap().hash(password.into()).await
    }

    async fn verify(passwords: &Passwords, password: &str, hash: Option<&str>) -> bool {
        let slot = passwords.slot().await.unwrap();
        slot.verify(password.into(), hash.map(str::to_owned))
            .await
            .unwrap()
    }

    #[tokio::test]
    async fn only_the_same_password_is_right() {
        let passwords = Passwords::new(4);
        let hashed = hash(&passwords, "correct horse").await.unwrap();
        assert!(hashed.starts_with("$2b$04$"));
        assert!(verify(&passwords, "correct horse", Some(&hashed)).await);
        assert!(!verify(&passwords, "correct horsf", Some(&hashed)).await);
        assert!(!verify(&passwords, "", None).await);
    }

    #[tokio::test]
    async fn a_zero_character_is_never_right() {
        let passwords = Passwords::new(4);
        let hashed = hash(&passwords, "password").await.unwrap();
        assert!(!verify(&passwords, "password\0password", Some(&hashed)).await);
        assert!(!verify(&passwords, "\0", Some(&bcrypt::hash("", 4).unwrap())).await);
    }

    #[tokio::test]
    async fn no_more_than_71_bytes() {
        let passwords = Passwords::new(4);
        let longest = "x".repeat(71);
        let hashed = hash(&passwords, &longest).await.unwrap();
        assert!(verify(&passwords, &longest, Some(&hashed)).await);
        let longer = "x".repeat(72);
        assert!(matches!(
            hash(&passwords, &longer).await,
            Err(Fault::Broken(_))
        ));
        assert!(!verify(&passwords, &longer, Some(&hashed)).await);
        let of_nothing = bcrypt::hash("", 4).unwrap();
        assert!(!verify(&passwords, &longer, Some(&of_nothing)).await);
    }

    #[tokio::test]
    async fn an_unknown_account_takes_as_long_as_a_known_one() {
        let passwords = Passwords::new(10);
        let hashed = hash(&passwords, "correct horse").await.unwrap();
        let time = async |password: &str, hash: Option<&str>| {
            let mut shortest = Duration::MAX;
            for _ in 0..3 {
                let start = Instant::now();
                verify(&passwords, password, hash).await;
                shortest = shortest.min(start.elapsed());
            }
            shortest
        };
        let known = time("wrong", Some(&hashed)).await;
        for other in [
            time("wrong", None).await,
            time(&"x".repeat(100), Some(&hashed)).await,
        ] {
            assert!(other > known / 3, "{other:?} against {known:?}");
        }
    }
}
