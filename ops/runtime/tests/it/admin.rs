use std::net::SocketAddr;
use std::time::Duration;

use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;
use warren_runtime::health::Health;
use warren_runtime::{admin, metrics};

struct Admin {
    address: SocketAddr,
    health: Health,
    shutdown: CancellationToken,
    task: JoinHandle<()>,
}

impl Admin {
    async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let (health, shutdown) = (Health::new(), CancellationToken::new());
        Self {
            address: listener.local_addr().unwrap(),
            task: tokio::spawn(admin::serve(listener, health.clone(), shutdown.clone())),
            health,
            shutdown,
        }
    }

    /// Status code, headers in lower case, and body.
    async fn request(&self, method: &str, path: &str) -> (u16, String, String) {
        let mut stream = TcpStream::connect(self.address).await.unwrap();
        let request = format!("{method} {path} HTTP/1.1\r\nHost: admin\r\n\r\n");
        stream.write_all(request.as_bytes()).await.unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await.unwrap();
        let (head, body) = answer.split_once("\r\n\r\n").unwrap();
        let status = head.split(' ').nth(1).unwrap().parse().unwrap();
        (status, head.to_lowercase(), body.to_owned())
    }

    async fn json(&self, path: &str) -> (u16, Value) {
        let (status, head, body) = self.request("GET", path).await;
        assert!(head.contains("content-type: application/json"), "{head}");
        (status, serde_json::from_str(&body).unwrap())
    }
}

#[tokio::test]
async fn readiness_follows_the_components_and_liveness_does_not() {
    let admin = Admin::start().await;
    let broker = admin.health.component("broker");
    let starting = json!({"status": "down", "components":
        {"broker": {"status": "down", "reason": "starting"}}});
    assert_eq!(admin.json("/health/ready").await, (503, starting.clone()));
    assert_eq!(admin.json("/health").await, (503, starting));
    assert_eq!(
        admin.json("/health/live").await,
        (200, json!({"status": "up"}))
    );

    broker.up();
    let up = json!({"status": "up", "components": {"broker": {"status": "up"}}});
    assert_eq!(admin.json("/health/ready").await, (200, up));

    admin.health.drain();
    let (status, report) = admin.json("/health/ready").await;
    assert_eq!((status, &report["status"]), (503, &json!("draining")));
    assert_eq!(admin.json("/health/live").await.0, 200);
}

#[tokio::test]
async fn metrics_show_the_process_its_build_and_its_components() {
    let admin = Admin::start().await;
    metrics::init("test");
    metrics::counter("warren_admin_test_total", "A counter").inc_by(3);
    admin.health.component("broker").up();
    let _store = admin.health.component("store");

    let (status, head, body) = admin.request("GET", "/metrics").await;
    assert_eq!(status, 200);
    assert!(
        head.contains("content-type: text/plain; version=0.0.4"),
        "{head}"
    );
    for line in [
        "warren_admin_test_total 3",
        "warren_build_info{process=\"test\",version=\"",
        "warren_component_up{component=\"broker\"} 1",
        "warren_component_up{component=\"store\"} 0",
        "warren_tokio_alive_tasks ",
        "process_resident_memory_bytes ",
    ] {
        assert!(body.contains(&format!("\n{line}")), "{line} in {body}");
    }
}

#[tokio::test]
async fn other_paths_and_methods_are_refused() {
    let admin = Admin::start().await;
    assert_eq!(admin.request("GET", "/").await.0, 404);
    let (status, head, _) = admin.request("POST", "/metrics").await;
    assert_eq!(status, 405);
    assert!(head.contains("allow: get, head"), "{head}");
    let (status, _, body) = admin.request("HEAD", "/health/live").await;
    assert_eq!((status, body.as_str()), (200, ""));
}

#[tokio::test]
async fn clients_that_send_no_request_neither_stay_nor_keep_others_out() {
    const MORE_THAN_ARE_ANSWERED_AT_ONCE: usize = 40;
    let admin = Admin::start().await;
    let mut silent = Vec::new();
    for started in [true, false].repeat(MORE_THAN_ARE_ANSWERED_AT_ONCE / 2) {
        let mut stream = TcpStream::connect(admin.address).await.unwrap();
        if started {
            stream
                .write_all(b"GET /metrics HTTP/1.1\r\n")
                .await
                .unwrap();
        }
        silent.push(stream);
    }
    let patience = Duration::from_secs(13);
    let live = timeout(patience, admin.request("GET", "/health/live")).await;
    assert_eq!(live.unwrap().0, 200);
    let mut rest = Vec::new();
    let closed = timeout(patience, silent[0].read_to_end(&mut rest)).await;
    assert!(closed.is_ok());
}

#[tokio::test]
async fn shutdown_frees_the_port() {
    let admin = Admin::start().await;
    assert_eq!(admin.request("GET", "/health/live").await.0, 200);
    admin.shutdown.cancel();
    timeout(Duration::from_secs(5), admin.task)
        .await
        .unwrap()
        .unwrap();
    assert!(TcpStream::connect(admin.address).await.is_err());
}
