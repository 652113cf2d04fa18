//! People of a run: registered quickly, under a prefix no other run uses.

use std::sync::{Mutex, PoisonError};

use futures_util::{StreamExt as _, TryStreamExt as _, stream};

use super::api::{Api, ApiError, Tokens};
use crate::clock;
use crate::error::BenchError;

/// An access token older than this (microseconds) is renewed before a connect; the contract's lifetime is 15 minutes.
const RENEW_AFTER: u64 = 600_000_000;

/// Somebody registered for this run.
#[derive(Debug)]
pub(crate) struct Person {
    /// Position in the run, from 0; also chooses the edge.
    pub(crate) index: usize,
    /// User id given by the system.
    pub(crate) user_id: u64,
    name: String,
    tokens: Mutex<(u64, Tokens)>,
}

impl Person {
    /// The access token as last obtained.
    pub(crate) fn token(&self) -> String {
        self.lock().1.access.clone()
    }

    /// An access token with some life left; `force` obtains a new one even if the present one is young (after a refusal).
    pub(crate) async fn fresh_token(
        &self,
        api: &Api,
        edge: usize,
        force: bool,
    ) -> Result<String, ApiError> {
        let (since, tokens) = self.lock().clone();
        if !force && clock::micros() - since < RENEW_AFTER {
            return Ok(tokens.access);
        }
        let renewed = match tokens.refresh {
            Some(refresh) => api.refresh(edge, &refresh).await.ok(),
            None => None,
        };
        let tokens = match renewed {
            Some(tokens) => tokens,
            None => api.login(edge, &self.name).await?.1,
        };
        let access = tokens.access.clone();
        *self.lock() = (clock::micros(), tokens);
        Ok(access)
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, (u64, Tokens)> {
        self.tokens.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A prefix for names and client ids, different in each run: `b` and eight letters or digits.
pub(crate) fn run_prefix() -> String {
    const ALPHABET: &[u8; 32] = b"abcdefghijklmnopqrstuvwxyz234567";
    let mut number: u64 = rand::random();
    let letters = (0..8).map(|_| {
        let letter = ALPHABET[(number % 32) as usize];
        number /= 32;
        char::from(letter)
    });
    std::iter::once('b').chain(letters).collect()
}

/// Registers `count` people, `concurrency` at a time, spread over the edges.
pub(crate) async fn register(
    api: &Api,
    prefix: &str,
    count: usize,
    concurrency: usize,
) -> Result<Vec<Person>, BenchError> {
    stream::iter(0..count)
        .map(|index| async move {
            let name = format!("{prefix}{index}");
            let (user_id, tokens) = api
                .register(index, &name)
                .await
                .map_err(|error| error.into_setup_error(&format!("registering {name}")))?;
            Ok(Person {
                index,
                user_id,
                name,
                tokens: Mutex::new((clock::micros(), tokens)),
            })
        })
        .buffered(concurrency.max(1))
        .try_collect()
        .await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prefixes_are_short_safe_and_different() {
        let (one, two) = (run_prefix(), run_prefix());
        assert_ne!(one, two);
        assert_eq!(one.len(), 9);
        assert!(one.bytes().all(|byte| byte.is_ascii_alphanumeric()));
    }
}
