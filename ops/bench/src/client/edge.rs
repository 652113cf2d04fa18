//! Where an edge listens.

use std::net::{SocketAddr, ToSocketAddrs};

use crate::error::BenchError;

/// One edge of the system under test.
#[derive(Clone, Debug)]
pub(crate) struct Edge {
    /// Where to connect to.
    pub(crate) addr: SocketAddr,
    /// `host:port` as given, for the Host header.
    pub(crate) authority: String,
}

impl Edge {
    /// Reads `http://host:port`. Only loopback addresses pass unless `allow_remote`: a load generator pointed at
    /// somebody else's server by a typing mistake is an attack.
    pub(crate) fn parse(url: &str, allow_remote: bool) -> Result<Self, BenchError> {
        let usage = |why: &str| BenchError::Usage(format!("--url {url}: {why}"));
        let rest = match url.split_once("://") {
            Some(("http", rest)) => rest,
            Some(_) => {
                return Err(usage(
                    "only http:// is supported (terminate TLS in front, or go around it)",
                ));
            }
            None => url,
        };
        let authority = rest.trim_end_matches('/');
        if authority.is_empty() || authority.contains(['/', '?', '#', '@']) {
            return Err(usage("expected http://HOST:PORT without a path"));
        }
        let with_port = if has_port(authority) {
            authority.to_owned()
        } else {
            format!("{authority}:80")
        };
        let addresses: Vec<SocketAddr> = with_port
            .to_socket_addrs()
            .map_err(|error| usage(&format!("the host cannot be resolved ({error})")))?
            .collect();
        let addr = addresses
            .iter()
            .find(|address| address.is_ipv4())
            .or_else(|| addresses.first())
            .copied()
            .ok_or_else(|| usage("the host has no address"))?;
        if !allow_remote && !addr.ip().is_loopback() {
            return Err(usage(
                "not a loopback address; pass --allow-remote if the load is meant for that machine",
            ));
        }
        Ok(Self {
            addr,
            authority: with_port,
        })
    }
}

fn has_port(authority: &str) -> bool {
    authority
        .rsplit_once(':')
        .is_some_and(|(_, port)| port.parse::<u16>().is_ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_loopback_url_is_taken() {
        let edge = Edge::parse("http://127.0.0.1:3100/", false).unwrap();
        assert_eq!(edge.addr, "127.0.0.1:3100".parse().unwrap());
        assert_eq!(edge.authority, "127.0.0.1:3100");
        assert_eq!(Edge::parse("127.0.0.1", false).unwrap().addr.port(), 80);
    }

    #[test]
    fn a_remote_address_needs_permission() {
        assert!(matches!(
            Edge::parse("http://192.0.2.1:3000", false),
            Err(BenchError::Usage(_))
        ));
        assert!(Edge::parse("http://192.0.2.1:3000", true).is_ok());
    }

    #[test]
    fn paths_and_tls_are_refused() {
        assert!(Edge::parse("https://127.0.0.1:3000", false).is_err());
        assert!(Edge::parse("http://127.0.0.1:3000/chat", false).is_err());
    }
}
