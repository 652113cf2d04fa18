//! Uploaded files in a bucket of a server that speaks S3.

use std::net::SocketAddr;

use tokio::{io::AsyncWriteExt, net::TcpStream};

use crate::{
    files::{Kept, picture, send, upload},
    support::{Proxy, Request, Setup, TestSystem, eventually, server, text},
};

/// More than is held in memory at a time: it is stored in parts.
const LARGE: usize = (5 << 20) + 12_345;

/// Runs a test whose files are in a bucket of its own, reached through a proxy.
async fn with_bucket(test: impl AsyncFnOnce(&mut TestSystem, &Bucket, &Proxy)) {
    let server = server("WARREN_TEST_S3_URL");
    let bucket = Bucket {
        name: format!("warren-{}", uuid::Uuid::new_v4().simple()),
        server: server.strip_prefix("http://").unwrap().parse().unwrap(),
    };
    assert_eq!(bucket.request("PUT", "").await.0, 200);
    let proxy = Proxy::http(&server).await;
    Setup::edges(1)
        .set("FILES__URL", format!("s3://{}/some/prefix", bucket.name))
        .set("FILES__OPTIONS__AWS_ENDPOINT", &proxy.url)
        .set("FILES__OPTIONS__AWS_ALLOW_HTTP", true)
        .set("FILES__OPTIONS__AWS_REGION", "eu-central-1")
        .set("FILES__OPTIONS__AWS_ACCESS_KEY_ID", "key")
        .set("FILES__OPTIONS__AWS_SECRET_ACCESS_KEY", "secret")
        .run(async |system| test(system, &bucket, &proxy).await)
        .await;
}

struct Bucket {
    name: String,
    server: SocketAddr,
}

impl Bucket {
    async fn request(&self, method: &str, query: &str) -> (u16, String) {
        let path = format!("/{}{query}", self.name);
        let reply = Request::new(self.server, method, &path).send().await;
        (reply.status, String::from_utf8_lossy(&reply.body).into())
    }

    /// How many objects there are, or (with `?uploads`) begun ones.
    async fn count(&self, query: &str, element: &str) -> usize {
        let (status, listing) = self.request("GET", query).await;
        assert_eq!(status, 200, "{listing}");
        listing.matches(element).count()
    }

    async fn objects(&self) -> usize {
        self.count("?list-type=2&prefix=some/prefix/", "<Contents>")
            .await
    }

    async fn begun(&self) -> usize {
        self.count("?uploads", "<UploadId>").await
    }
}

#[tokio::test]
async fn files_go_into_a_bucket_and_come_out_of_it() {
    with_bucket(async |system, bucket, _| {
        let [ann, bob] = system.people(["ann", "bob"]).await;
        let place = ann.direct(&bob).await;
        let kept = Kept::of(system).await;
        for size in [100, LARGE] {
            let bytes = picture(size);
            let file = upload(&ann, &place, "a.png", &bytes).await.ok();
            let message = send(&ann, &place, &[&file]).await.ok();
            let url = text(&file["url"]);
            let whole = bob.get(&url).await;
            assert_eq!((whole.status, &whole.body[..]), (200, &bytes[..]));
            let part = bob
                .request("GET", &url)
                .header("range", "bytes=3-9")
                .send()
                .await;
            assert_eq!((part.status, &part.body[..]), (206, &bytes[3..10]));

            assert_eq!(bucket.objects().await, 1);
            let path = format!(
                "/chat/conversations/{place}/messages/{}",
                text(&message["id"])
            );
            ann.delete(&path).await.ok();
            kept.sweep().await;
            assert_eq!(bucket.objects().await, 0);
        }
    })
    .await;
}

#[tokio::test]
async fn nothing_stays_in_a_bucket_of_what_breaks_off() {
    with_bucket(async |system, bucket, _| {
        let [ann, bob] = system.people(["ann", "bob"]).await;
        let place = ann.direct(&bob).await;
        let mut stream = TcpStream::connect(system.edge(0)).await.unwrap();
        let head = format!(
            "POST /chat/conversations/{place}/files?name=a.png HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {}\r\ncontent-length: {}\r\n\r\n",
            ann.token,
            LARGE + 1
        );
        stream.write_all(head.as_bytes()).await.unwrap();
        stream.write_all(&picture(LARGE)).await.unwrap();
        eventually("an upload to begin", async || bucket.begun().await == 1).await;
        drop(stream);
        eventually("it to be given up", async || bucket.begun().await == 0).await;
        assert_eq!(bucket.objects().await, 0);
    })
    .await;
}

#[tokio::test]
async fn while_the_bucket_is_away_files_are_refused_and_messages_are_not() {
    with_bucket(async |system, bucket, proxy| {
        let [ann, bob] = system.people(["ann", "bob"]).await;
        let place = ann.direct(&bob).await;
        let bytes = picture(100);
        let file = upload(&ann, &place, "a.png", &bytes).await.ok();
        proxy.close();
        let url = text(&file["url"]);
        let files = [&file];
        let (put, got, sent) = tokio::join!(
            upload(&ann, &place, "b.png", &bytes),
            ann.get(&url),
            send(&ann, &place, &files),
        );
        assert!(put.problem().is(503, "UNAVAILABLE"), "{put:?}");
        assert!(got.problem().is(503, "UNAVAILABLE"), "{got:?}");
        sent.ok();
        proxy.open();
        assert_eq!(upload(&ann, &place, "b.png", &bytes).await.status, 201);
        assert_eq!(bob.get(&url).await.body, bytes);
        assert_eq!(bucket.objects().await, 2);
    })
    .await;
}
