//! Uploaded files: into the storage and out of it, for whom, and until when.

use mongodb::{
    Client,
    bson::{DateTime, doc},
};
use serde_json::{Value, json};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};
use warren_storage::Storage;
use warren_workers::chat::{files::sweep, store::Store};

use crate::support::{
    HandWorker, Person, Reply, Request, Setup, TestSystem, eventually, text, with_system,
};

/// A picture by its first bytes, as long as it is asked for.
pub(crate) fn picture(size: usize) -> Vec<u8> {
    let mut bytes = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR".to_vec();
    bytes.resize(size, 7);
    bytes
}

pub(crate) async fn upload(by: &Person, place: &str, name: &str, bytes: &[u8]) -> Reply {
    let path = format!("/chat/conversations/{place}/files?name={name}");
    by.request("POST", &path).bytes(bytes.to_vec()).send().await
}

pub(crate) async fn uploaded(by: &Person, place: &str) -> Value {
    upload(by, place, "a.png", &picture(100)).await.ok()
}

fn with_files(place: &str, files: &[&Value]) -> Value {
    let urls: Vec<&Value> = files.iter().map(|file| &file["url"]).collect();
    json!({ "conversationId": place, "content": "look", "attachments": urls })
}

pub(crate) async fn send(by: &Person, place: &str, files: &[&Value]) -> Reply {
    let mut body = with_files(place, files);
    body.as_object_mut().unwrap().remove("conversationId");
    by.post(&format!("/chat/conversations/{place}/messages"), &body)
        .await
}

/// What the system keeps of files, and where.
pub(crate) struct Kept {
    store: Store,
    storage: Storage,
}

impl Kept {
    pub(crate) async fn of(system: &TestSystem) -> Self {
        let client = Client::with_uri_str(&system.scratch.chat).await.unwrap();
        let config = system.worker_settings().files;
        Self {
            store: Store::new(&client),
            storage: Storage::open(&config).unwrap().unwrap(),
        }
    }

    pub(crate) async fn has(&self, file: &Value) -> bool {
        let id = text(&file["fileId"]);
        self.storage.get(&id, None).await.unwrap().is_some()
    }

    pub(crate) async fn records(&self) -> u64 {
        self.store.files.count_documents(doc! {}).await.unwrap()
    }

    pub(crate) async fn make_due(&self, file: &Value) {
        let past = doc! { "$set": { "removeAt": DateTime::from_millis(0) } };
        let id = doc! { "_id": text(&file["fileId"]) };
        let updated = self.store.files.update_one(id, past).await.unwrap();
        assert_eq!(updated.modified_count, 1);
    }

    pub(crate) async fn sweep(&self) {
        sweep(&self.store, &self.storage).await.unwrap();
    }
}

#[tokio::test]
async fn a_file_reaches_everybody_with_its_message() {
    Setup::edges(2).run(async |system| {
        let [ann, bob] = system.people(["ann", "bob"]).await;
        let place = ann.direct(&bob).await;
        let devices = [ann.connect(system.edge(0)).await, bob.connect(system.edge(1)).await];
        // More than is held in memory at a time.
        let bytes = picture((5 << 20) + 12_345);
        let reply = upload(&ann, &place, "%E1%BA%A2nh%20(1).png", &bytes).await;
        assert_eq!(reply.status, 201);
        let file = reply.ok();
        let url = text(&file["url"]);
        let expected = json!({
            "fileId": file["fileId"], "url": format!("/chat/conversations/{place}/files/{}", text(&file["fileId"])),
            "name": "Ảnh (1).png", "mediaType": "image/png", "size": bytes.len(),
        });
        assert_eq!(file, expected);
        // Nobody else has it before it is sent.
        assert_eq!(ann.get(&url).await.body, bytes);
        assert!(bob.get(&url).await.problem().is(404, "NOT_FOUND"));

        let sent = devices[0].call("message:send", with_files(&place, &[&file])).await.unwrap();
        assert_eq!(sent["attachments"], json!([url]));
        assert_eq!(sent["files"], json!([file]));
        for device in &devices {
            assert_eq!(device.message("look").await, sent);
        }
        assert_eq!(bob.history(&place).await, std::slice::from_ref(&sent));
        assert_eq!(bob.conversation(&place).await["lastMessage"], sent);

        let reply = bob.get(&url).await;
        assert_eq!((reply.status, &reply.body[..]), (200, &bytes[..]));
        for (name, value) in [
            ("content-type", "image/png"),
            ("content-length", &bytes.len().to_string()),
            ("content-disposition", "inline; filename*=UTF-8''%E1%BA%A2nh%20%281%29%2Epng"),
            ("accept-ranges", "bytes"),
            ("cache-control", "private, max-age=3600"),
            ("x-content-type-options", "nosniff"),
        ] {
            assert_eq!(reply.header(name), value, "{name}");
        }
        let known = bob.request("GET", &url).header("if-none-match", reply.header("etag"));
        let known = known.send().await;
        assert_eq!((known.status, known.body.len()), (304, 0));
        let part = |range| bob.request("GET", &url).header("range", range).send();
        let middle = part("bytes=10-19").await;
        assert_eq!((middle.status, &middle.body[..]), (206, &bytes[10..20]));
        assert_eq!(middle.header("content-range"), format!("bytes 10-19/{}", bytes.len()));
        assert!(part("bytes=99999999-").await.problem().is(416, "INVALID_INPUT"));
    })
    .await;
}

#[tokio::test]
async fn files_are_for_the_members_of_their_conversation() {
    with_system(async |system| {
        let [owner, member, removed, outsider, root] = system
            .people(["owner", "member", "removed", "outsider", "root"])
            .await;
        let admin = root.promoted(system, "admin").await;
        let place = owner.group("cheese", &[&member, &removed]).await;
        let file = uploaded(&owner, &place).await;
        let url = text(&file["url"]);
        send(&owner, &place, &[&file]).await.ok();
        assert_eq!(removed.get(&url).await.status, 200);
        let path = format!("/chat/conversations/{place}/members/{}", removed.id);
        owner.delete(&path).await.ok();

        for (person, may) in [
            (&owner, true),
            (&member, true),
            (&removed, false),
            (&outsider, false),
            (&admin, false),
        ] {
            let replies = [
                person.get(&url).await,
                upload(person, &place, "b.png", &picture(50)).await,
            ];
            for reply in replies {
                if may {
                    assert!(reply.status < 300, "{} {reply:?}", person.name);
                } else {
                    assert!(
                        reply.problem().is(404, "NOT_FOUND"),
                        "{} {reply:?}",
                        person.name
                    );
                }
            }
        }
        let nobody = |method, path: &str| Request::new(system.edge(0), method, path);
        let path = format!("/chat/conversations/{place}/files?name=x");
        for request in [
            nobody("GET", &url),
            nobody("POST", &path).bytes(picture(50)),
        ] {
            assert!(request.send().await.problem().is(401, "AUTH_INVALID"));
        }
        // The cookie serves a picture in a page, but not another site's page.
        let cookie = format!("accessToken={}", member.token);
        assert_eq!(
            nobody("GET", &url)
                .header("cookie", &cookie)
                .send()
                .await
                .status,
            200
        );
        let elsewhere = nobody("POST", &path)
            .bytes(picture(50))
            .header("cookie", &cookie);
        let elsewhere = elsewhere
            .header("origin", "https://evil.example")
            .send()
            .await;
        assert!(elsewhere.problem().is(403, "FORBIDDEN"), "{elsewhere:?}");
        // The conversation in the path must be the file's own.
        let other = owner.direct(&member).await;
        let wrong = url.replace(&place, &other);
        assert!(member.get(&wrong).await.problem().is(404, "NOT_FOUND"));
    })
    .await;
}

#[tokio::test]
async fn what_cannot_be_taken_is_refused_and_leaves_nothing() {
    Setup::edges(1).set("UPLOADS__MAX_BYTES", 10_000).run(async |system| {
        let [ann, bob] = system.people(["ann", "bob"]).await;
        let place = ann.direct(&bob).await;
        let cases = [
            ("?name=a.png", picture(10_001), 413, "larger than 10000 bytes"),
            ("?name=a.png", Vec::new(), 400, "empty"),
            ("", picture(50), 400, "name"),
            ("?name=a%2Fb", picture(50), 400, "name"),
            ("?name=x", [b"\x7fELF".as_slice(), &[0; 60]].concat(), 415, "application/x-executable by its content"),
            ("?name=x.png", vec![0, 1, 2, 3], 415, "application/octet-stream by its content"),
        ];
        for (query, bytes, status, why) in cases {
            let path = format!("/chat/conversations/{place}/files{query}");
            let reply = ann.request("POST", &path).bytes(bytes).send().await;
            assert!(reply.problem().is(status, "INVALID_INPUT"), "{query} {reply:?}");
            let said = reply.json().to_string();
            assert!(said.contains(why), "{said}");
        }
        let text_file = upload(&ann, &place, "x.html", b"<html><script>alert(1)</script>").await.ok();
        assert_eq!(text_file["mediaType"], "text/plain");
        let shown = ann.get(&text(&text_file["url"])).await;
        assert_eq!(shown.header("content-type"), "text/plain; charset=utf-8");

        // One that does not say how long it is, one that breaks off.
        let kept = Kept::of(system).await;
        let before = kept.records().await;
        let path = format!("/chat/conversations/{place}/files?name=a.png");
        for (end, answered) in [(true, "413"), (false, "")] {
            let mut stream = TcpStream::connect(system.edge(0)).await.unwrap();
            let head = format!(
                "POST {path} HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {}\r\ntransfer-encoding: chunked\r\n\r\n",
                ann.token
            );
            stream.write_all(head.as_bytes()).await.unwrap();
            let part = picture(if end { 6_000 } else { 9_000 });
            for _ in 0..(if end { 2 } else { 1 }) {
                stream.write_all(format!("{:x}\r\n", part.len()).as_bytes()).await.unwrap();
                stream.write_all(&part).await.unwrap();
                stream.write_all(b"\r\n").await.unwrap();
            }
            if end {
                stream.write_all(b"0\r\n\r\n").await.unwrap();
                let mut answer = vec![0; 12];
                stream.read_exact(&mut answer).await.unwrap();
                assert!(String::from_utf8_lossy(&answer).ends_with(answered));
            } else {
                eventually("a place to be kept", async || kept.records().await > before + 1).await;
            }
        }
        // Of neither is more left than its record, which goes in time.
        kept.store.files.update_many(doc! { "size": null }, doc! { "$set": { "removeAt": DateTime::from_millis(0) } }).await.unwrap();
        kept.sweep().await;
        assert_eq!(kept.records().await, 1);
    })
    .await;
}

#[tokio::test]
async fn a_message_sends_only_files_that_wait_for_it() {
    with_system(async |system| {
        let [ann, bob] = system.people(["ann", "bob"]).await;
        let (place, other) = (ann.direct(&bob).await, ann.group("cheese", &[&bob]).await);
        let (file, of_bob) = (uploaded(&ann, &place).await, uploaded(&bob, &place).await);
        let elsewhere = uploaded(&ann, &other).await;
        let unknown =
            json!({ "url": format!("/chat/conversations/{place}/files/{}", "0".repeat(32)) });
        let kept = Kept::of(system).await;
        let gone = uploaded(&ann, &place).await;
        kept.make_due(&gone).await;
        assert!(
            ann.get(&text(&gone["url"]))
                .await
                .problem()
                .is(404, "NOT_FOUND")
        );
        for (files, field) in [
            (vec![&of_bob], "attachments[0]"),
            (vec![&elsewhere], "attachments[0]"),
            (vec![&unknown], "attachments[0]"),
            (vec![&gone], "attachments[0]"),
            (vec![&file, &file], "attachments[1]"),
            (vec![&file, &of_bob], "attachments[1]"),
        ] {
            let problem = send(&ann, &place, &files).await.problem();
            assert!(problem.is(400, "INVALID_INPUT"), "{problem:?}");
            assert_eq!(problem.fields, [field]);
        }
        let second = uploaded(&ann, &place).await;
        let web = json!({ "url": "https://example.com/a.png" });
        let sent = send(&ann, &place, &[&web, &second, &file]).await.ok();
        assert_eq!(
            sent["attachments"],
            json!([web["url"], second["url"], file["url"]])
        );
        assert_eq!(sent["files"], json!([second, file]));
        assert_eq!(
            send(&ann, &place, &[&file]).await.problem().fields,
            ["attachments[0]"]
        );
    })
    .await;
}

#[tokio::test]
async fn files_go_when_nobody_needs_them() {
    with_system(async |system| {
        let [ann, bob] = system.people(["ann", "bob"]).await;
        let (place, group) = (ann.direct(&bob).await, ann.group("cheese", &[&bob]).await);
        let kept = Kept::of(system).await;
        let stays = uploaded(&ann, &place).await;
        send(&ann, &place, &[&stays]).await.ok();
        let deleted = uploaded(&ann, &place).await;
        let message = send(&ann, &place, &[&deleted]).await.ok();
        let of_group = uploaded(&bob, &group).await;
        send(&bob, &group, &[&of_group]).await.ok();
        let unsent = uploaded(&ann, &place).await;

        let path = format!(
            "/chat/conversations/{place}/messages/{}",
            text(&message["id"])
        );
        let tombstone = ann.delete(&path).await.ok();
        assert_eq!(
            (&tombstone["attachments"], &tombstone["files"]),
            (&json!([]), &Value::Null)
        );
        assert!(
            bob.get(&text(&deleted["url"]))
                .await
                .problem()
                .is(404, "NOT_FOUND")
        );
        ann.delete(&format!("/chat/conversations/{group}"))
            .await
            .ok();
        assert!(
            bob.get(&text(&of_group["url"]))
                .await
                .problem()
                .is(404, "NOT_FOUND")
        );
        kept.make_due(&unsent).await;

        kept.sweep().await;
        for (file, is_there) in [
            (&stays, true),
            (&deleted, false),
            (&of_group, false),
            (&unsent, false),
        ] {
            assert_eq!(kept.has(file).await, is_there, "{file}");
        }
        assert_eq!(kept.records().await, 1);
        assert_eq!(bob.get(&text(&stays["url"])).await.status, 200);
    })
    .await;
}

#[tokio::test]
async fn a_file_is_kept_though_the_worker_that_stored_its_message_died() {
    Setup::edges(1)
        .run(async |system| {
            let [ann, bob] = system.people(["ann", "bob"]).await;
            let place = ann.direct(&bob).await;
            let device = ann.connect(system.edge(0)).await;
            let file = uploaded(&ann, &place).await;
            system.stop(warren_topology::actions::Pool::Chat).await;
            let mut worker = HandWorker::start(system).await;
            let ack = device.start("message:send", &with_files(&place, &[&file]));
            let taken = worker.take(system, &place, 1).await;
            worker.store(&taken).await;
            // It died before it had noted that the file is sent.
            let kept = Kept::of(system).await;
            let soon = DateTime::from_millis(DateTime::now().timestamp_millis() + 60_000);
            let unnoted = doc! { "$unset": { "message": "" }, "$set": { "removeAt": soon } };
            kept.store.files.update_one(doc! {}, unnoted).await.unwrap();
            taken.give_back().await;
            system.start(warren_topology::actions::Pool::Chat).await;

            let sent = device.answer(ack).await.unwrap();
            assert_eq!(sent["files"], json!([file]));
            let record = kept.store.files.find_one(doc! {}).await.unwrap().unwrap();
            assert_eq!(
                record.message.map(|id| id.to_string()),
                sent["id"].as_str().map(str::to_owned)
            );
            assert_eq!(record.remove_at, None);
            assert_eq!(bob.get(&text(&file["url"])).await.status, 200);
        })
        .await;
}

#[tokio::test]
async fn only_so_much_waits_and_without_a_storage_nothing() {
    Setup::edges(1).set("UPLOADS__MAX_PER_USER", 1).run(async |system| {
        let [ann, bob] = system.people(["ann", "bob"]).await;
        let place = ann.direct(&bob).await;
        let kept = Kept::of(system).await;
        // An upload that goes on takes the only place.
        let mut stream = TcpStream::connect(system.edge(0)).await.unwrap();
        let head = format!(
            "POST /chat/conversations/{place}/files?name=a.png HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {}\r\ncontent-length: 5000\r\n\r\n",
            ann.token
        );
        stream.write_all(head.as_bytes()).await.unwrap();
        eventually("a place to be kept", async || kept.records().await == 1).await;
        assert!(upload(&ann, &place, "b.png", &picture(50)).await.problem().is(503, "BUSY"));
        assert_eq!(upload(&bob, &place, "b.png", &picture(50)).await.status, 201);
        drop(stream);
        eventually("the place to be free again", async || {
            upload(&ann, &place, "b.png", &picture(50)).await.status == 201
        })
        .await;

        let file = kept.store.files.find_one(doc! { "by": ann.id }).await.unwrap().unwrap();
        let more = (0..100).map(|n| {
            let mut file = file.clone();
            file.id = format!("{n:032x}").parse().unwrap();
            file
        });
        kept.store.files.insert_many(more).await.unwrap();
        let full = upload(&ann, &place, "b.png", &picture(50)).await.problem();
        assert!(full.is(409, "CONFLICT") && full.detail.contains("100 files"), "{full:?}");
    })
    .await;
    Setup::edges(1)
        .set("FILES__URL", "")
        .run(async |system| {
            let [ann, bob] = system.people(["ann", "bob"]).await;
            let place = ann.direct(&bob).await;
            let refused = upload(&ann, &place, "b.png", &picture(50)).await.problem();
            assert!(
                refused.is(503, "UNAVAILABLE") && refused.detail.contains("files.url"),
                "{refused:?}"
            );
        })
        .await;
}

#[tokio::test]
async fn an_upload_that_is_repeated_is_there_once() {
    Setup::edges(2)
        .run(async |system| {
            let [ann, bob] = system.people(["ann", "bob"]).await;
            let (place, other) = (ann.direct(&bob).await, ann.group("g", &[&bob]).await);
            let kept = Kept::of(system).await;
            let named = async |by: &Person, edge, place: &str| {
                let path = format!("/chat/conversations/{place}/files?name=a.png&clientId=one");
                let request = Request::new(edge, "POST", &path).token(&by.token);
                request.bytes(picture(300_000)).send().await
            };
            // Both may be under way before either is there.
            let (one, two) = tokio::join!(
                named(&ann, system.edge(0), &place),
                named(&ann, system.edge(1), &place)
            );
            let file = one.ok();
            assert_eq!(two.ok(), file);
            let records = kept.records().await;
            assert_eq!(named(&ann, system.edge(1), &place).await.ok(), file);
            assert_eq!(kept.records().await, records, "nothing new is kept");
            assert_eq!(ann.get(&text(&file["url"])).await.body, picture(300_000));

            // Sent already, it is still the same, and is not sent twice.
            send(&ann, &place, &[&file]).await.ok();
            let again = named(&ann, system.edge(0), &place).await.ok();
            assert_eq!(again, file);
            let twice = send(&ann, &place, &[&again]).await.problem();
            assert!(twice.is(400, "INVALID_INPUT"), "{twice:?}");
            let elsewhere = named(&ann, system.edge(0), &other).await.problem();
            assert!(elsewhere.is(409, "CONFLICT"), "{elsewhere:?}");
            let of_bob = named(&bob, system.edge(0), &place).await.ok();
            assert_ne!(of_bob["fileId"], file["fileId"], "names are one's own");
        })
        .await;
}

#[tokio::test]
async fn the_files_of_a_history_go_with_it_for_who_has_deleted_it() {
    with_system(async |system| {
        let [ann, bob] = system.people(["ann", "bob"]).await;
        let place = ann.direct(&bob).await;
        let file = uploaded(&ann, &place).await;
        send(&ann, &place, &[&file]).await.ok();
        let url = text(&file["url"]);
        assert_eq!(bob.get(&url).await.status, 200);
        bob.delete(&format!("/chat/conversations/{place}"))
            .await
            .ok();
        assert!(bob.get(&url).await.problem().is(404, "NOT_FOUND"));
        assert_eq!(ann.get(&url).await.status, 200);
    })
    .await;
}
