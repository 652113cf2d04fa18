use std::{
    collections::HashMap,
    hash::Hash,
    sync::{Arc, Mutex, PoisonError},
};

/// How much of something each address or user has.
pub(crate) struct Cap<K: Hash + Eq> {
    most: usize,
    counts: Mutex<HashMap<K, usize>>,
}

/// One place under the cap; free again when dropped.
pub(crate) struct Place<K: Hash + Eq> {
    cap: Arc<Cap<K>>,
    of: K,
}

impl<K: Hash + Eq + Clone> Cap<K> {
    /// A cap of `most` for each.
    pub(crate) fn new(most: usize) -> Arc<Self> {
        Arc::new(Self {
            most,
            counts: Mutex::default(),
        })
    }

    /// Takes a place, if there is one.
    pub(crate) fn take(self: &Arc<Self>, of: K) -> Option<Place<K>> {
        let mut counts = self.counts.lock().unwrap_or_else(PoisonError::into_inner);
        let count = counts.entry(of.clone()).or_default();
        if *count >= self.most {
            return None;
        }
        *count += 1;
        Some(Place {
            cap: Arc::clone(self),
            of,
        })
    }
}

impl<K: Hash + Eq> Drop for Place<K> {
    fn drop(&mut self) {
        let mut counts = self
            .cap
            .counts
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        if let Some(count) = counts.get_mut(&self.of) {
            *count -= 1;
            if *count == 0 {
                counts.remove(&self.of);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_come_back() {
        let cap = Cap::new(1);
        let place = cap.take("one");
        assert!(place.is_some());
        assert!(cap.take("one").is_none());
        assert!(cap.take("other").is_some());
        drop(place);
        assert!(cap.take("one").is_some());
    }
}
