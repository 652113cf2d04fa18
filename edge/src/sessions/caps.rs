use std::{
    collections::HashMap,
    net::IpAddr,
    sync::{Arc, Mutex, PoisonError},
};

use crate::net::rate_key;

/// How many sockets each address has.
pub(crate) struct AddressCap {
    most: usize,
    counts: Mutex<HashMap<IpAddr, usize>>,
}

/// One socket's place under the cap; free again when dropped.
pub(crate) struct Place {
    cap: Arc<AddressCap>,
    address: IpAddr,
}

impl AddressCap {
    /// A cap of `most` sockets per address.
    pub(crate) fn new(most: usize) -> Arc<Self> {
        Arc::new(Self {
            most,
            counts: Mutex::default(),
        })
    }

    /// Takes a place, if there is one.
    pub(crate) fn take(self: &Arc<Self>, address: IpAddr) -> Option<Place> {
        let address = rate_key(address);
        let mut counts = self.counts.lock().unwrap_or_else(PoisonError::into_inner);
        let count = counts.entry(address).or_default();
        if *count >= self.most {
            return None;
        }
        *count += 1;
        Some(Place {
            cap: Arc::clone(self),
            address,
        })
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut counts = self
            .cap
            .counts
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        if let Some(count) = counts.get_mut(&self.address) {
            *count -= 1;
            if *count == 0 {
                counts.remove(&self.address);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_come_back() {
        let cap = AddressCap::new(1);
        let address = "192.0.2.1".parse().expect("an address");
        let place = cap.take(address);
        assert!(place.is_some());
        assert!(cap.take(address).is_none());
        assert!(cap.take("192.0.2.2".parse().expect("an address")).is_some());
        drop(place);
        assert!(cap.take(address).is_some());
    }
}
