use serde_json::{Value, json};

use crate::support::Fixture;

#[tokio::test]
async fn a_request_becomes_a_command_and_its_reply_the_answer() {
    let mut edge = Fixture::start().await;
    let request = edge
        .request("POST", "/conversations/d1-2/messages")
        .token(&edge.keys.token(1))
        .header(
            "traceparent",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
        )
        .json(&json!({ "content": "hello", "clientId": "c1" }));
    let answer = tokio::spawn(request.send());
    let command = edge.workers.command().await;
    assert_eq!(command.action, "message:send");
    assert_eq!(
        command.payload,
        json!({ "conversationId": "d1-2", "content": "hello", "clientId": "c1" })
    );
    assert_eq!(
        command.caller,
        Some(json!({ "user": 1, "session": "session-1", "roles": ["user"] }))
    );
    assert_eq!(command.origin, None);
    assert!(
        command
            .trace
            .starts_with("00-4bf92f3577b34da6a3ce929d0e0e4736-"),
        "{}",
        command.trace
    );

    edge.workers
        .reply(&command, json!({ "id": "d1-2.0000000001" }))
        .await;
    let answer = answer.await.unwrap();
    assert_eq!(answer.status, 201);
    assert_eq!(answer.json(), json!({ "id": "d1-2.0000000001" }));
    assert_eq!(
        answer.header("x-trace-id"),
        "4bf92f3577b34da6a3ce929d0e0e4736"
    );
    assert_eq!(answer.header("cache-control"), "no-store");
    assert_eq!(answer.header("x-content-type-options"), "nosniff");
    edge.end().await;
}

#[tokio::test]
async fn a_reply_may_set_status_cookies_and_nothing() {
    let mut edge = Fixture::start().await;
    let login = edge
        .request("POST", "/auth/login")
        .header("user-agent", "test")
        .json(&json!({ "email": "a@b.example", "password": "secret123" }));
    let answer = tokio::spawn(login.send());
    let command = edge.workers.command().await;
    assert_eq!(
        command.origin,
        Some(json!({ "address": "127.0.0.1", "user_agent": "test" }))
    );
    assert_eq!(command.caller, None);
    let cookies = [
        "accessToken=a; Path=/; HttpOnly",
        "refreshToken=r; Path=/auth; HttpOnly",
    ];
    edge.workers
        .reply_with(
            &command,
            json!({ "data": { "accessToken": "a" }, "cookies": cookies, "status": 202 }),
        )
        .await;
    let answer = answer.await.unwrap();
    assert_eq!(answer.status, 202);
    let set: Vec<_> = answer
        .headers
        .get_all("set-cookie")
        .iter()
        .map(|value| value.to_str().unwrap())
        .collect();
    assert_eq!(set, cookies);

    let logout = edge
        .request("POST", "/auth/logout")
        .header("cookie", "refreshToken=r1; accessToken=stale");
    let answer = tokio::spawn(logout.send());
    let command = edge.workers.command().await;
    assert_eq!(
        (command.payload.clone(), command.caller.clone()),
        (json!({ "refreshToken": "r1" }), None)
    );
    edge.workers.reply_with(&command, json!({})).await;
    let answer = answer.await.unwrap();
    assert_eq!((answer.status, answer.body.len()), (204, 0));
    edge.end().await;
}

#[tokio::test]
async fn a_refusal_becomes_problem_details() {
    let mut edge = Fixture::start().await;
    let token = edge.keys.token(1);
    let request = edge
        .request("GET", "/chat/conversations/d1-2/messages?limit=5&before=7")
        .token(&token);
    let answer = tokio::spawn(request.send());
    let command = edge.workers.command().await;
    assert_eq!(
        command.payload,
        json!({ "conversationId": "d1-2", "limit": 5, "before": 7 })
    );
    edge.workers.reply_with(&command, json!({ "error": { "code": "NOT_FOUND", "message": "There is no such conversation." } })).await;
    let answer = answer.await.unwrap();
    assert_eq!(answer.problem(), (404, "NOT_FOUND".into()));
    let problem = answer.json();
    assert_eq!(problem["detail"], "There is no such conversation.");
    assert_eq!(problem["traceId"], answer.header("x-trace-id"));

    let invalid = edge
        .request("GET", "/chat/conversations/d1-2/messages?limit=many")
        .token(&token)
        .send()
        .await;
    assert_eq!(invalid.problem(), (400, "INVALID_INPUT".into()));
    assert_eq!(
        invalid.json()["errors"],
        json!([{ "field": "limit", "message": "must be an integer" }])
    );
    let invalid = edge
        .request("POST", "/conversations")
        .token(&token)
        .json(&json!({ "type": "group" }))
        .send()
        .await;
    assert_eq!(invalid.problem(), (400, "INVALID_INPUT".into()));
    assert_eq!(
        edge.request("DELETE", "/auth/login").send().await.problem(),
        (405, "INVALID_INPUT".into())
    );
    let other = edge.request("PATCH", "/user/me").send().await;
    assert_eq!((other.status, other.header("allow")), (405, "GET, HEAD"));
    assert_eq!(
        edge.request("GET", "/nowhere").send().await.problem(),
        (404, "NOT_FOUND".into())
    );
    edge.end().await;
}

#[tokio::test]
async fn the_head_of_an_answer_is_that_of_the_whole() {
    let mut edge = Fixture::start().await;
    let token = edge.keys.token(1);
    let head = tokio::spawn(edge.request("HEAD", "/user/me").token(&token).send());
    let command = edge.workers.command().await;
    assert_eq!(command.action, "user:me");
    let profile = json!({ "userId": 1 });
    let length = profile.to_string().len().to_string();
    edge.workers.reply(&command, profile).await;
    let head = head.await.unwrap();
    assert_eq!(
        (head.status, head.header("content-length")),
        (200, &*length)
    );
    assert!(head.body.is_empty());
    let refused = edge.request("HEAD", "/user/me").send().await;
    assert_eq!((refused.status, refused.body.is_empty()), (401, true));
    edge.end().await;
}

#[tokio::test]
async fn who_is_not_signed_in_is_told_so() {
    let edge = Fixture::start().await;
    let unauthorised = (401, "AUTH_INVALID".to_owned());
    let me = || edge.request("GET", "/user/me");
    assert_eq!(me().send().await.problem(), unauthorised);
    assert_eq!(me().token("nonsense").send().await.problem(), unauthorised);
    let mut claims = crate::support::Keys::claims(1);
    claims["exp"] = 1_000_000_000.into();
    assert_eq!(
        me().token(&edge.keys.token_with(&claims))
            .send()
            .await
            .problem(),
        unauthorised
    );
    for missing in ["iss", "aud", "sub", "sid", "roles", "iat", "exp"] {
        let mut claims = crate::support::Keys::claims(1);
        claims.as_object_mut().unwrap().remove(missing);
        assert_eq!(
            me().token(&edge.keys.token_with(&claims))
                .send()
                .await
                .problem(),
            unauthorised,
            "{missing}"
        );
    }
    for (claim, wrong) in [
        ("iss", json!("other")),
        ("aud", json!("other")),
        ("sub", json!("-1")),
        ("sub", json!("x")),
    ] {
        let mut claims = crate::support::Keys::claims(1);
        claims[claim] = wrong;
        assert_eq!(
            me().token(&edge.keys.token_with(&claims))
                .send()
                .await
                .problem(),
            unauthorised,
            "{claim}"
        );
    }
    let strangers = crate::support::Keys::generate();
    assert_eq!(
        me().token(&strangers.token(1)).send().await.problem(),
        unauthorised
    );
    edge.end().await;
}

#[tokio::test]
async fn cookies_act_only_for_pages_that_may() {
    let mut edge = Fixture::with(&[("EDGE__ALLOWED_ORIGINS", "https://a.example")]).await;
    let cookie = format!("accessToken={}", edge.keys.token(1));
    let read = |edge: &Fixture| {
        edge.request("POST", "/conversations/d1-2/read")
            .header("cookie", &cookie)
    };
    let foreign = read(&edge)
        .header("origin", "https://evil.example")
        .send()
        .await;
    assert_eq!(foreign.problem(), (403, "FORBIDDEN".into()));
    assert_eq!(foreign.header("access-control-allow-origin"), "");
    let refresh = edge
        .request("POST", "/auth/refresh")
        .header("cookie", "refreshToken=r")
        .header("origin", "https://evil.example");
    let answer = tokio::spawn(refresh.send());
    let command = edge.workers.command().await;
    assert_eq!(command.payload, json!({}));
    edge.workers.reply(&command, Value::Null).await;
    answer.await.unwrap();

    let own = format!("http://{}", edge.address);
    for origin in ["https://a.example", own.as_str()] {
        let answer = tokio::spawn(read(&edge).header("origin", origin).send());
        let command = edge.workers.command().await;
        edge.workers.reply(&command, json!({})).await;
        let answer = answer.await.unwrap();
        assert_eq!(answer.status, 200);
        let allowed = if origin == own { "" } else { origin };
        assert_eq!(answer.header("access-control-allow-origin"), allowed);
    }

    let preflight = |origin| {
        edge.request("OPTIONS", "/auth/login")
            .header("origin", origin)
            .header("access-control-request-method", "POST")
    };
    let allowed = preflight("https://a.example").send().await;
    assert_eq!(
        (
            allowed.status,
            allowed.header("access-control-allow-credentials")
        ),
        (204, "true")
    );
    assert!(
        allowed
            .header("access-control-allow-methods")
            .contains("PATCH")
    );
    for asked in ["authorization", "content-type", "if-none-match", "range"] {
        let headers = allowed.header("access-control-allow-headers");
        assert!(headers.contains(asked), "{asked}");
    }
    let refused = preflight("https://evil.example").send().await;
    assert_eq!(
        (
            refused.header("access-control-allow-methods"),
            refused.header("access-control-allow-origin")
        ),
        ("", "")
    );
    edge.end().await;
}

#[tokio::test]
async fn a_trusted_proxy_says_who_the_client_is() {
    let mut edge = Fixture::with(&[("EDGE__TRUSTED_PROXIES", "127.0.0.0/8")]).await;
    let login = edge
        .request("POST", "/auth/login")
        .header("x-forwarded-for", "198.51.100.7, 203.0.113.9")
        .json(&json!({ "email": "a@b.example", "password": "secret123" }));
    let answer = tokio::spawn(login.send());
    let command = edge.workers.command().await;
    assert_eq!(command.origin.as_ref().unwrap()["address"], "203.0.113.9");
    edge.workers.reply(&command, Value::Null).await;
    assert_eq!(answer.await.unwrap().status, 200);
    edge.end().await;
}
