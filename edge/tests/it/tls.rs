//! TLS in the edge itself: HTTPS and WSS, handshakes that stall, certificates that are replaced.

use std::{net::SocketAddr, path::PathBuf, sync::Arc};

use futures_util::{SinkExt, StreamExt};
use rcgen::{CertifiedKey, generate_simple_self_signed};
use rustls::{
    ClientConfig, RootCertStore,
    crypto::ring,
    pki_types::{CertificateDer, ServerName},
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};
use tokio_rustls::{TlsConnector, client::TlsStream};
use tokio_tungstenite::{client_async, tungstenite::Message};

use crate::support::{Fixture, within};

/// Certificate and key in files of the test's own.
struct Files {
    folder: PathBuf,
    certificate: CertificateDer<'static>,
}

impl Files {
    fn new() -> Self {
        let folder =
            std::env::temp_dir().join(format!("warren-edge-tls-{:016x}", rand::random::<u64>()));
        std::fs::create_dir(&folder).unwrap();
        let certificate = Self::write(&folder);
        Self {
            folder,
            certificate,
        }
    }

    /// Another certificate in the same files.
    fn replace(&mut self) {
        self.certificate = Self::write(&self.folder);
    }

    fn write(folder: &std::path::Path) -> CertificateDer<'static> {
        let CertifiedKey { cert, signing_key } =
            generate_simple_self_signed(["localhost".to_owned()]).unwrap();
        std::fs::write(folder.join("key.pem"), signing_key.serialize_pem()).unwrap();
        std::fs::write(folder.join("chain.pem"), cert.pem()).unwrap();
        cert.der().clone()
    }

    fn path(&self, name: &str) -> String {
        self.folder.join(name).display().to_string()
    }

    /// A connection that trusts this certificate alone.
    async fn connect(&self, address: SocketAddr) -> std::io::Result<TlsStream<TcpStream>> {
        let mut roots = RootCertStore::empty();
        roots.add(self.certificate.clone()).unwrap();
        let config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_root_certificates(roots)
            .with_no_client_auth();
        let stream = TcpStream::connect(address).await?;
        let name = ServerName::try_from("localhost").unwrap();
        let handshake = TlsConnector::from(Arc::new(config)).connect(name, stream);
        within("the TLS handshake", handshake).await
    }
}

impl Drop for Files {
    fn drop(&mut self) {
        let _left = std::fs::remove_dir_all(&self.folder);
    }
}

async fn start(files: &Files, settings: &[(&str, &str)]) -> Fixture {
    let (certificate, key) = (files.path("chain.pem"), files.path("key.pem"));
    let mut all = vec![
        ("EDGE__TLS__CERTIFICATE_FILE", certificate.as_str()),
        ("EDGE__TLS__KEY_FILE", key.as_str()),
    ];
    all.extend(settings);
    Fixture::with(&all).await
}

#[tokio::test]
async fn requests_and_sockets_travel_over_tls() {
    let files = Files::new();
    let mut edge = start(&files, &[]).await;
    let node = edge.workers.announcement().await.edge;

    let mut stream = files.connect(edge.address).await.unwrap();
    let request = "GET /health/live HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n";
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = String::new();
    within("an answer", stream.read_to_string(&mut answer))
        .await
        .unwrap();
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");

    let stream = files.connect(edge.address).await.unwrap();
    let url = "wss://localhost/socket.io/?EIO=4&transport=websocket";
    let (mut socket, _) = within("the upgrade", client_async(url, stream))
        .await
        .unwrap();
    let token = edge.keys.token(1);
    let connect = format!(r#"40/chat,{{"token":"{token}"}}"#);
    socket.send(Message::text(connect)).await.unwrap();
    let mut next = async || loop {
        let message = within("a packet", socket.next()).await.unwrap().unwrap();
        let text = message.into_text().unwrap().to_string();
        if !text.starts_with('0') {
            return text;
        }
    };
    assert!(next().await.starts_with("40/chat,"));
    // More than one TLS record holds.
    let long = "x".repeat(40_000);
    for key in ["a", &long, "b"] {
        edge.workers.push(&node, &[1], key).await;
    }
    for key in ["a", &long, "b"] {
        let event = next().await;
        assert!(event.contains(key) && event.len() < key.len() + 100);
    }
    edge.end().await;
}

#[tokio::test]
async fn who_does_not_speak_tls_or_stalls_is_closed_and_disturbs_nobody() {
    let files = Files::new();
    let edge = start(&files, &[("EDGE__HEADER_TIMEOUT_MS", "200")]).await;
    let mut silent = TcpStream::connect(edge.address).await.unwrap();
    let mut plain = TcpStream::connect(edge.address).await.unwrap();
    plain
        .write_all(b"GET / HTTP/1.1\r\nhost: x\r\n\r\n")
        .await
        .unwrap();
    files.connect(edge.address).await.unwrap();
    let mut bytes = Vec::new();
    // The end may be a reset, since what was sent is not read.
    let _end = within("the end", plain.read_to_end(&mut bytes)).await;
    assert!(!bytes.starts_with(b"HTTP"), "{bytes:?}");
    assert_eq!(within("the end", silent.read(&mut [0])).await.unwrap(), 0);
    edge.end().await;
}

#[tokio::test]
async fn a_hangup_signal_replaces_the_certificate_and_open_connections_stay() {
    let mut files = Files::new();
    let edge = start(&files, &[]).await;
    let mut open = files.connect(edge.address).await.unwrap();
    files.replace();
    assert!(
        files.connect(edge.address).await.is_err(),
        "the old one is still served"
    );
    let pid = std::process::id().to_string();
    let mut kill = std::process::Command::new("kill");
    kill.args(["-HUP", &pid]);
    assert!(kill.status().unwrap().success());
    within("the new certificate", async {
        while files.connect(edge.address).await.is_err() {
            tokio::task::yield_now().await;
        }
    })
    .await;

    // Files that are no use change nothing.
    std::fs::write(files.folder.join("chain.pem"), "nonsense").unwrap();
    assert!(kill.status().unwrap().success());
    let request = b"GET /health/live HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n";
    open.write_all(request).await.unwrap();
    let mut answer = Vec::new();
    within("an answer", open.read_to_end(&mut answer))
        .await
        .unwrap();
    assert!(answer.starts_with(b"HTTP/1.1 200"));
    files.connect(edge.address).await.unwrap();
    edge.end().await;
}
