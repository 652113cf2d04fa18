//! The keys of access tokens, and how they follow one another.

use serde_json::Value;
use warren_workers::auth::keys;

use crate::support::{Request, Setup, eventually};

#[tokio::test]
async fn keys_rotate_without_signing_anybody_out() {
    Setup::edges(2)
        .set("AUTH__KEY_CHECK_SECONDS", 1)
        .run(async |system| {
            let published = async |edge: usize| {
                let path = "/.well-known/jwks.json";
                let set = Request::new(system.edge(edge), "GET", path)
                    .send()
                    .await
                    .ok();
                set["keys"].as_array().unwrap().clone()
            };
            let everywhere = async |count: usize| {
                published(0).await.len() == count && published(1).await.len() == count
            };
            let [ann] = system.people(["ann"]).await;
            let device = ann.connect(system.edge(1)).await;
            let folder = &system.scratch.folder;
            let old = published(0).await;
            assert!(old.len() == 1 && old[0]["kty"] == "OKP" && old[0]["crv"] == "Ed25519");
            assert!(
                old.iter().all(|key| key["d"] == Value::Null),
                "nothing private"
            );

            keys::add(folder).unwrap();
            eventually("the next key on all edges", async || everywhere(2).await).await;
            keys::promote(folder).unwrap();
            // The header of a token names its key.
            let signed_with = |token: &str| token.split('.').next().map(ToOwned::to_owned);
            let mut newer = ann.clone();
            eventually("a token of the new key", async || {
                newer = ann.login(system.edge(0)).await;
                signed_with(&newer.token) != signed_with(&ann.token)
            })
            .await;
            for edge in [system.edge(0), system.edge(1)] {
                for token in [&ann.token, &newer.token] {
                    let me = Request::new(edge, "GET", "/user/me").token(token);
                    assert_eq!(me.send().await.status, 200);
                }
            }
            device
                .call("conversation:list", serde_json::json!({}))
                .await
                .unwrap();

            assert_eq!(keys::prune(folder).unwrap(), 1);
            eventually("the old key to be gone", async || everywhere(1).await).await;
            assert_eq!(ann.get("/user/me").await.status, 401);
            assert_eq!(newer.get("/user/me").await.status, 200);
        })
        .await;
}
