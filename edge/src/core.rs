//! What sockets and requests have in common.

use std::{
    hash::{BuildHasher, RandomState},
    net::IpAddr,
    sync::Arc,
};

use warren_topology::failure::Failure;

use crate::{
    auth::{Proof, Tokens},
    commands::submit::Commands,
    http::Uploads,
    incarnation::Incarnation,
    net::rate_key,
    sessions::{
        caps::{Cap, Place},
        table::Sessions,
    },
    settings::EdgeConfig,
};

/// The state of the edge that clients' actions meet.
pub(crate) struct Core {
    pub(crate) settings: EdgeConfig,
    pub(crate) tokens: Arc<Tokens>,
    pub(crate) commands: Arc<Commands>,
    pub(crate) sessions: Arc<Sessions>,
    pub(crate) incarnation: Incarnation,
    /// None when limits are off.
    pub(crate) addresses: Option<Arc<Cap<IpAddr>>>,
    /// TCP connections, whatever they are for. None when limits are off.
    pub(crate) connections: Option<Arc<Cap<IpAddr>>>,
    /// Where files go that clients upload.
    pub(crate) uploads: Uploads,
    pub(crate) hasher: RandomState,
}

impl Core {
    /// A keyed hash that recognises a token seen before on the same socket.
    pub(crate) fn hash_token(&self, token: &str) -> u64 {
        self.hasher.hash_one(token)
    }

    /// Checks a token that came with a request; a revoked session proves nothing.
    pub(crate) fn prove(&self, token: &str) -> Result<Proof, Failure> {
        let proof = self.tokens.verify(token)?;
        if self.commands.revoked.contains(&proof.caller.session) {
            return Err(crate::commands::submit::session_ended());
        }
        Ok(proof)
    }

    /// A place for one more socket of an address. The outer `None` is a refusal, the inner one says that none is needed.
    pub(crate) fn place(&self, address: IpAddr) -> Option<Option<Place<IpAddr>>> {
        take(self.addresses.as_ref(), address)
    }

    /// The same for one more TCP connection of a peer. Proxies have as many as their clients need.
    pub(crate) fn connection_place(&self, peer: IpAddr) -> Option<Option<Place<IpAddr>>> {
        let peer = peer.to_canonical();
        let proxies = &self.settings.trusted_proxies;
        let is_proxy = proxies.iter().any(|network| network.contains(peer));
        take(self.connections.as_ref().filter(|_| !is_proxy), peer)
    }
}

fn take(cap: Option<&Arc<Cap<IpAddr>>>, address: IpAddr) -> Option<Option<Place<IpAddr>>> {
    match cap {
        None => Some(None),
        Some(cap) => cap.take(rate_key(address)).map(Some),
    }
}
