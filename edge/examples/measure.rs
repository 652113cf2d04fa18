#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::print_stdout,
    missing_docs,
    dead_code
)]
#[path = "../tests/it/support/broker.rs"]
mod broker;
#[path = "../tests/it/support/keys.rs"]
mod keys;
use futures_util::{SinkExt, StreamExt, future::join_all};
use serde_json::json;
use std::{
    process::Command as Process,
    time::{Duration, Instant},
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};
pub(crate) async fn within<T>(what: &str, future: impl Future<Output = T>) -> T {
    tokio::time::timeout(Duration::from_secs(60), future)
        .await
        .unwrap_or_else(|_| panic!("{what}"))
}
fn rss(pid: u32) -> u64 {
    let s = std::fs::read_to_string(format!("/proc/{pid}/status")).unwrap();
    s.lines()
        .find(|l| l.starts_with("VmRSS"))
        .unwrap()
        .split_whitespace()
        .nth(1)
        .unwrap()
        .parse()
        .unwrap()
}
fn cpu(pid: u32) -> f64 {
    let s = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap();
    let f: Vec<&str> = s.rsplit_once(')').unwrap().1.split_whitespace().collect();
    (f[11].parse::<f64>().unwrap() + f[12].parse::<f64>().unwrap()) / 100.0
}
fn frame(text: &str) -> Vec<u8> {
    let b = text.as_bytes();
    let mut v = vec![0x81];
    if b.len() < 126 {
        v.push(0x80 | b.len() as u8)
    } else {
        v.push(0x80 | 126);
        v.extend((b.len() as u16).to_be_bytes())
    }
    v.extend([0, 0, 0, 0]);
    v.extend(b);
    v
}
#[tokio::main]
async fn main() {
    rlimit::increase_nofile_limit(60000).unwrap();
    let n: usize = std::env::args().nth(1).unwrap().parse().unwrap();
    let edge = std::env::args().nth(2).unwrap();
    let mut workers = broker::Workers::start(None).await;
    let keys = keys::Keys::generate();
    let jwks = std::env::temp_dir().join("measure-jwks.json");
    std::fs::write(&jwks, keys.jwks()).unwrap();
    let mut child = Process::new(edge)
        .env("WARREN__BROKER__URL", &workers.url)
        .env("WARREN__BROKER__PREFIX", &workers.prefix)
        .env("WARREN__BROKER__PARTITIONS", "2")
        .env("WARREN__AUTH__JWKS_FILE", &jwks)
        .env("WARREN__EDGE__LISTEN", "127.0.0.1:18999")
        .env("WARREN__EDGE__ADMIN_LISTEN", "127.0.0.1:18998")
        .env("WARREN__LIMITS__ENABLED", "false")
        .spawn()
        .unwrap();
    let pid = child.id();
    let node = within("first announcement", workers.announcement())
        .await
        .edge;
    let warm = rss(pid);
    println!("rss before {warm} kB");
    let mut streams = Vec::new();
    let started = Instant::now();
    for chunk in (0..n).collect::<Vec<_>>().chunks(100) {
        let opened = join_all(chunk.iter().map(|i| {
            let token = keys.token(*i as i64 + 1);
            async move {
                let mut s = TcpStream::connect("127.0.0.1:18999").await.unwrap();
                s.write_all(b"GET /socket.io/?EIO=4&transport=websocket HTTP/1.1\r\nHost: 127.0.0.1:18999\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nUser-Agent: Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36\r\nAccept-Encoding: gzip, deflate, br\r\nAccept-Language: en-US,en;q=0.9\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n").await.unwrap();
                let mut buf = Vec::new();
                let mut b = [0u8; 2048];
                while !String::from_utf8_lossy(&buf).contains("maxPayload") { let k = s.read(&mut b).await.unwrap(); assert!(k > 0); buf.extend(&b[..k]); }
                s.write_all(&frame(&format!("40/chat,{{\"token\":\"{token}\"}}"))).await.unwrap();
                s.write_all(&frame(&format!("40/notifications,{{\"token\":\"{token}\"}}"))).await.unwrap();
                s
            }
        })).await;
        streams.extend(opened);
        for _ in chunk {
            let c = workers.command().await;
            workers.reply(&c, json!({"count": 0})).await;
        }
    }
    println!(
        "{n} sockets in {:?}, cpu {:.2}s",
        started.elapsed(),
        cpu(pid)
    );
    for s in &mut streams {
        let mut buf = Vec::new();
        let mut b = [0u8; 2048];
        while !String::from_utf8_lossy(&buf).contains("notification:count") {
            let k = s.read(&mut b).await.unwrap();
            assert!(k > 0);
            buf.extend(&b[..k]);
        }
    }
    tokio::time::sleep(Duration::from_secs(3)).await;
    println!(
        "idle: rss {} kB, per socket {:.2} kB",
        rss(pid),
        (rss(pid) - warm) as f64 / n as f64
    );
    // fan-out
    let all: Vec<i64> = (1..=n as i64).collect();
    let before = cpu(pid);
    let rounds = 20;
    let readers: Vec<_> = streams
        .into_iter()
        .map(|mut s| {
            tokio::spawn(async move {
                let mut b = [0u8; 8192];
                let mut got = 0usize;
                while got < rounds {
                    let k = s.read(&mut b).await.unwrap();
                    assert!(k > 0);
                    got += b[..k].windows(9).filter(|w| *w == b"\"content\"").count();
                }
                s
            })
        })
        .collect();
    let started = Instant::now();
    for r in 0..rounds {
        workers
            .item(
                &node.to_string(),
                broker::Workers::push_item(
                    "chat",
                    &all,
                    &json!(["message:created", {"content": "x".repeat(200)}]),
                    &format!("k{r}"),
                    false,
                ),
            )
            .await;
        tokio::time::sleep(Duration::from_millis(300)).await;
    }
    let mut streams = Vec::new();
    for r in readers {
        streams.push(within("reader", r).await.unwrap());
    }
    let used = cpu(pid) - before;
    println!(
        "fanout: {:?}, edge cpu {:.2}s, {:.2} us per delivery",
        started.elapsed(),
        used,
        used * 1e6 / (rounds * n) as f64
    );
    println!(
        "after: rss {} kB, per socket {:.2} kB",
        rss(pid),
        (rss(pid) - warm) as f64 / n as f64
    );
    // pings
    let _ = (
        &mut streams as *mut _,
        StreamExt::boxed(futures_util::stream::empty::<()>())
            .next()
            .await,
    );
    let _ = futures_util::sink::drain::<()>().send(()).await;
    Process::new("kill").arg(pid.to_string()).status().unwrap();
    child.wait().unwrap();
    workers.end().await;
}
