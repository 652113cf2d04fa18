use std::fs;

use crate::support::Fixture;

#[tokio::test]
async fn documents_and_health_are_served() {
    let edge = Fixture::start().await;
    for path in ["/openapi.json", "/asyncapi.json", "/ws-docs"] {
        let answer = edge.request("GET", path).send().await;
        assert_eq!(answer.status, 200, "{path}");
        assert!(answer.json().is_object());
        let again = edge
            .request("GET", path)
            .header("if-none-match", answer.header("etag"))
            .send()
            .await;
        assert_eq!((again.status, again.body.len()), (304, 0), "{path}");
    }
    for path in ["/api/docs", "/api/docs/"] {
        let page = edge.request("GET", path).send().await;
        assert_eq!(page.problem(), (404, "NOT_FOUND".into()));
        let detail = page.json()["detail"].to_string();
        assert!(detail.contains("/openapi.json"), "{detail}");
    }
    for path in ["/health", "/health/live", "/health/ready"] {
        assert_eq!(
            edge.request("GET", path).send().await.json()["status"],
            "up"
        );
    }
    let head = edge.request("HEAD", "/openapi.json").send().await;
    assert_eq!((head.status, head.body.len()), (200, 0));
    edge.end().await;
}

#[tokio::test]
async fn the_public_keys_are_served_and_nothing_private() {
    let edge = Fixture::start().await;
    let answer = edge.request("GET", "/.well-known/jwks.json").send().await;
    assert_eq!(answer.header("content-type"), "application/jwk-set+json");
    let key = &answer.json()["keys"][0];
    assert_eq!(
        (&key["kid"], &key["crv"]),
        (&"test".into(), &"Ed25519".into())
    );
    assert!(key["x"].is_string() && key.get("d").is_none(), "{key}");
    edge.end().await;
}

#[tokio::test]
async fn the_page_of_the_documents_has_a_policy_of_its_own() {
    let folder =
        std::env::temp_dir().join(format!("warren-edge-docs-{:016x}", rand::random::<u64>()));
    fs::create_dir_all(folder.join("api/docs")).unwrap();
    fs::write(folder.join("index.html"), "<!doctype html>page").unwrap();
    fs::write(folder.join("api/docs/index.html"), "<!doctype html>docs").unwrap();
    fs::write(folder.join("api/docs/docs.js"), "script").unwrap();
    let edge = Fixture::with(&[("EDGE__STATIC_DIR", folder.to_str().unwrap())]).await;
    for path in ["/api/docs", "/api/docs/"] {
        let docs = edge.request("GET", path).send().await;
        assert_eq!(
            (docs.status, &*docs.body),
            (200, &b"<!doctype html>docs"[..])
        );
        assert_eq!(docs.header("content-type"), "text/html; charset=utf-8");
        let policy = docs.header("content-security-policy");
        assert!(policy.starts_with("default-src 'none'; script-src 'self'; style-src 'self';"));
        assert!(!policy.contains("unsafe"), "{policy}");
    }
    let script = edge.request("GET", "/api/docs/docs.js").send().await;
    assert_eq!((script.status, &*script.body), (200, &b"script"[..]));
    let page = edge.request("GET", "/").send().await;
    let policy = page.header("content-security-policy");
    assert!(policy.starts_with("default-src 'self';"), "{policy}");
    edge.end().await;
    fs::remove_dir_all(folder).unwrap();
}

#[tokio::test]
async fn the_web_client_is_served_with_its_own_paths() {
    let folder =
        std::env::temp_dir().join(format!("warren-edge-client-{:016x}", rand::random::<u64>()));
    fs::create_dir_all(folder.join("assets")).unwrap();
    fs::write(folder.join("index.html"), "<!doctype html>page").unwrap();
    fs::write(folder.join("assets/app-1.js"), "script").unwrap();
    let edge = Fixture::with(&[("EDGE__STATIC_DIR", folder.to_str().unwrap())]).await;
    let page = edge.request("GET", "/").send().await;
    assert_eq!(
        (page.status, page.header("content-type")),
        (200, "text/html; charset=utf-8")
    );
    assert!(
        page.header("content-security-policy")
            .starts_with("default-src 'self'")
    );
    assert_eq!(page.header("cache-control"), "no-cache");
    let script = edge.request("GET", "/assets/app-1.js").send().await;
    assert!(script.header("cache-control").contains("immutable"));
    assert!(script.header("content-type").starts_with("text/javascript"));

    let html = "text/html,application/xhtml+xml";
    let docs = edge.request("GET", "/api/docs").header("accept", html);
    let docs = docs.send().await;
    assert_eq!(docs.problem().0, 404, "a client that was built without");
    let deep = edge
        .request("GET", "/c/d1-2")
        .header("accept", html)
        .send()
        .await;
    assert_eq!((deep.status, deep.body), (200, page.body));
    assert_eq!(
        edge.request("GET", "/c/d1-2").send().await.problem(),
        (404, "NOT_FOUND".into())
    );
    for path in [
        "/../Cargo.toml",
        "/assets/../../Cargo.toml",
        "/assets/%2e%2e/index.html",
        "/assets/none.js",
    ] {
        assert_eq!(edge.request("GET", path).send().await.status, 404, "{path}");
    }
    edge.end().await;
    fs::remove_dir_all(folder).unwrap();
}
