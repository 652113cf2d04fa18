use std::{
    path::Path,
    sync::{Arc, PoisonError, RwLock},
    time::Duration,
};

use rustls::{
    ServerConfig,
    crypto::ring,
    pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject},
    server::ProducesTickets,
};
use tokio::{net::TcpStream, time::timeout};
use tokio_rustls::TlsAcceptor;
use tokio_util::sync::CancellationToken;
use tracing::{debug, info, warn};
use warren_runtime::config::ConfigError;

use crate::{metrics, reload::Changes, settings::TlsConfig, socketio::Connection};

/// TLS in the edge itself, 1.2 and 1.3 (RFC 5246, RFC 8446), with certificates that may be replaced while it runs.
pub(crate) struct Tls {
    files: TlsConfig,
    handshake_timeout: Duration,
    check_every: Duration,
    /// Lets clients come back without a whole handshake, also after the certificate has been replaced.
    tickets: Arc<dyn ProducesTickets>,
    config: RwLock<Arc<ServerConfig>>,
}

impl Tls {
    /// Reads the certificate and its key.
    ///
    /// # Errors
    /// [`ConfigError`] naming the file that is no use.
    pub(crate) fn load(
        files: TlsConfig,
        handshake_timeout: Duration,
        check_every: Duration,
    ) -> Result<Self, ConfigError> {
        let tickets = ring::Ticketer::new()
            .map_err(|error| ConfigError::new("edge.tls", error.to_string()))?;
        let config = read(&files, &tickets)?;
        Ok(Self {
            files,
            handshake_timeout,
            check_every,
            tickets,
            config: RwLock::new(config),
        })
    }

    /// Speaks TLS on a connection. `None` if the client does not, or not in time.
    pub(crate) async fn accept(&self, stream: TcpStream) -> Option<Connection> {
        let config = Arc::clone(&self.config.read().unwrap_or_else(PoisonError::into_inner));
        let handshake = TlsAcceptor::from(config).accept(stream);
        let outcome = match timeout(self.handshake_timeout, handshake).await {
            Ok(Ok(stream)) => return Some(Connection::Tls(Box::new(stream))),
            Ok(Err(error)) => {
                debug!(%error, "a TLS handshake failed");
                "failed"
            }
            Err(_) => "timeout",
        };
        metrics::TLS_REFUSED.with_label_values(&[outcome]).inc();
        None
    }

    /// Reads certificate and key again when they change and on SIGHUP, until `stop`. Connections that are open stay as they
    /// are; files that are no use change nothing.
    pub(crate) async fn watch(self: Arc<Self>, stop: CancellationToken) {
        let files = [&*self.files.certificate_file, &*self.files.key_file];
        let mut changes = Changes::of(&files, self.check_every).await;
        while stop.run_until_cancelled(changes.next()).await.is_some() {
            let tls = Arc::clone(&self);
            let reading = tokio::task::spawn_blocking(move || read(&tls.files, &tls.tickets));
            match reading.await {
                Ok(Ok(config)) => {
                    info!("read the certificate again");
                    *self.config.write().unwrap_or_else(PoisonError::into_inner) = config;
                }
                Ok(Err(error)) => warn!(%error, "keeping the old certificate"),
                Err(error) => warn!(%error, "keeping the old certificate"),
            }
        }
    }
}

fn read(
    files: &TlsConfig,
    tickets: &Arc<dyn ProducesTickets>,
) -> Result<Arc<ServerConfig>, ConfigError> {
    const CERTIFICATE: &str = "edge.tls.certificate_file";
    const KEY: &str = "edge.tls.key_file";
    let unread = |key, file: &Path, error: rustls::pki_types::pem::Error| {
        ConfigError::new(key, format!("{}: {error}", file.display()))
    };
    let chain = CertificateDer::pem_file_iter(&files.certificate_file)
        .and_then(Iterator::collect::<Result<Vec<_>, _>>)
        .map_err(|error| unread(CERTIFICATE, &files.certificate_file, error))?;
    let key = PrivateKeyDer::from_pem_file(&files.key_file)
        .map_err(|error| unread(KEY, &files.key_file, error))?;
    let mut config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .map_err(|error| ConfigError::new("edge.tls", error.to_string()))?
        .with_no_client_auth()
        .with_single_cert(chain, key)
        .map_err(|error| {
            let problem = format!("does not go with the key, or is no use: {error}");
            ConfigError::new(CERTIFICATE, problem)
        })?;
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    config.ticketer = Arc::clone(tickets);
    Ok(Arc::new(config))
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use super::*;

    #[test]
    fn files_that_are_no_use_are_named() {
        let folder =
            std::env::temp_dir().join(format!("warren-tls-{:016x}", rand::random::<u64>()));
        std::fs::create_dir(&folder).unwrap();
        let made = || rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
        let (one, other) = (made(), made());
        std::fs::write(folder.join("chain.pem"), one.cert.pem()).unwrap();
        std::fs::write(folder.join("key.pem"), one.signing_key.serialize_pem()).unwrap();
        std::fs::write(folder.join("other.pem"), other.signing_key.serialize_pem()).unwrap();
        let load = |certificate: &str, key: &str| {
            let files = TlsConfig {
                certificate_file: folder.join(certificate),
                key_file: folder.join(key),
                check_seconds: 60,
            };
            let second = Duration::from_secs(1);
            Tls::load(files, second, second).map_err(|error| error.to_string())
        };
        assert!(load("chain.pem", "key.pem").is_ok());
        for (certificate, key, named) in [
            ("absent.pem", "key.pem", "edge.tls.certificate_file"),
            ("key.pem", "key.pem", "edge.tls.certificate_file"),
            ("chain.pem", "absent.pem", "edge.tls.key_file"),
            ("chain.pem", "chain.pem", "edge.tls.key_file"),
            ("chain.pem", "other.pem", "edge.tls.certificate_file"),
        ] {
            let error = load(certificate, key).err().unwrap();
            assert!(error.contains(named), "{certificate} {key}: {error}");
        }
        std::fs::remove_dir_all(&folder).unwrap();
    }
}
