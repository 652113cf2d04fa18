//! Answers many questions with few: what is asked while others are being answered is asked together next.
//!
//! Thousands who come back at once ask the same of MongoDB; asked one by one, it answers nobody in time.

use std::{
    collections::{BTreeSet, HashMap},
    hash::Hash,
    sync::Arc,
};

use mongodb::error::Error;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc, oneshot};

/// How many are asked at a time: one is answered while the next gathers.
const AT_ONCE: usize = 2;
/// The most keys asked for together; a single question may exceed it.
const MAX_KEYS: usize = 500;
/// Questions that wait here before the next one waits outside.
const BACKLOG: usize = 1_024;

/// What was found, by key.
pub type Found<K, V> = HashMap<K, V>;

struct Question<K, V> {
    keys: Vec<K>,
    answer: oneshot::Sender<Result<Found<K, V>, Error>>,
}

/// Looks values up by key.
pub struct Gather<K, V> {
    questions: mpsc::Sender<Question<K, V>>,
}

impl<K, V> Gather<K, V>
where
    K: Clone + Ord + Hash + Send + Sync + 'static,
    V: Clone + Send + 'static,
{
    /// Looks up with `load`, which is given every key once. Ends when it is dropped.
    ///
    /// # Panics
    /// Outside a tokio runtime.
    pub fn new<F>(load: impl Fn(Vec<K>) -> F + Send + Sync + 'static) -> Self
    where
        F: Future<Output = Result<Found<K, V>, Error>> + Send + 'static,
    {
        let (questions, mut asked) = mpsc::channel::<Question<K, V>>(BACKLOG);
        let (load, turns) = (Arc::new(load), Arc::new(Semaphore::new(AT_ONCE)));
        tokio::spawn(async move {
            while let Some(first) = asked.recv().await {
                // Nobody closes the semaphore.
                let Ok(turn) = Arc::clone(&turns).acquire_owned().await else {
                    return;
                };
                let mut count = first.keys.len();
                let mut together = vec![first];
                while count < MAX_KEYS
                    && let Ok(question) = asked.try_recv()
                {
                    count += question.keys.len();
                    together.push(question);
                }
                tokio::spawn(answer(Arc::clone(&load), together, turn));
            }
        });
        Self { questions }
    }

    /// The values of these keys, as they are now or later; what does not exist is missing.
    ///
    /// # Errors
    /// When looking up fails.
    pub async fn get(&self, keys: Vec<K>) -> Result<Found<K, V>, Error> {
        if keys.is_empty() {
            return Ok(Found::new());
        }
        let (answer, answered) = oneshot::channel();
        let question = Question { keys, answer };
        let lost = || Error::custom("a question was lost");
        self.questions.send(question).await.map_err(|_| lost())?;
        answered.await.map_err(|_| lost())?
    }

    /// The value of one key.
    ///
    /// # Errors
    /// When looking up fails.
    pub async fn one(&self, key: K) -> Result<Option<V>, Error> {
        Ok(self.get(vec![key.clone()]).await?.remove(&key))
    }
}

async fn answer<K, V, F>(
    load: Arc<impl Fn(Vec<K>) -> F>,
    questions: Vec<Question<K, V>>,
    _turn: OwnedSemaphorePermit,
) where
    K: Clone + Ord + Hash,
    V: Clone,
    F: Future<Output = Result<Found<K, V>, Error>>,
{
    let keys: BTreeSet<&K> = questions.iter().flat_map(|one| &one.keys).collect();
    let found = load(keys.into_iter().cloned().collect()).await;
    for Question { keys, answer } in questions {
        let own = found.as_ref().map_err(Clone::clone).map(|found| {
            let pairs = keys.into_iter().filter_map(|key| {
                let value = found.get(&key)?.clone();
                Some((key, value))
            });
            pairs.collect()
        });
        // Who has asked may have gone.
        let _gone = answer.send(own);
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use futures_util::future::join_all;

    use super::*;

    type Asked = Arc<Mutex<Vec<Vec<u32>>>>;

    /// Doubles even numbers, finds no odd ones, and fails on 13.
    fn doubling() -> (Gather<u32, u32>, Asked) {
        let asked = Asked::default();
        let log = Arc::clone(&asked);
        let gather = Gather::new(move |keys: Vec<u32>| {
            log.lock().expect("a lock").push(keys.clone());
            async move {
                tokio::task::yield_now().await;
                assert!(!keys.contains(&99), "a defect");
                if keys.contains(&13) {
                    return Err(Error::custom("13"));
                }
                let even = keys.into_iter().filter(|key| key.is_multiple_of(2));
                Ok(even.map(|key| (key, key * 2)).collect())
            }
        });
        (gather, asked)
    }

    #[tokio::test]
    async fn what_is_asked_meanwhile_is_asked_together_and_once() {
        let (gather, asked) = doubling();
        let answers = join_all((0..100).map(|n| gather.one(n % 10))).await;
        for (n, answer) in answers.into_iter().enumerate() {
            let n = n as u32 % 10;
            assert_eq!(
                answer.expect("an answer"),
                n.is_multiple_of(2).then_some(n * 2)
            );
        }
        let asked = asked.lock().expect("a lock");
        assert!(asked.len() <= 4, "{asked:?}");
        assert!(asked.iter().all(|keys| keys.len() <= 10), "{asked:?}");
    }

    #[tokio::test]
    async fn a_question_is_bounded_in_keys() {
        let (gather, asked) = doubling();
        let many = |n: u32| gather.get((n * 300..(n + 1) * 300).map(|key| key + 100).collect());
        join_all((0..20).map(many)).await;
        let asked = asked.lock().expect("a lock");
        assert!(asked.iter().all(|keys| keys.len() <= 600), "{asked:?}");
    }

    #[tokio::test]
    async fn a_failure_concerns_those_who_asked_then() {
        let (gather, _asked) = doubling();
        assert!(gather.one(13).await.is_err());
        assert!(gather.one(99).await.is_err());
        assert_eq!(gather.one(4).await.expect("an answer"), Some(8));
        assert!(gather.get(Vec::new()).await.expect("nothing").is_empty());
    }
}
