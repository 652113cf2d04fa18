//! The documents that the table of actions makes, as an edge serves them.

use warren_topology::actions;

use crate::support::{Request, with_system};

#[tokio::test]
async fn the_served_documents_describe_every_action() {
    with_system(async |system| {
        let get = async |path: &str| Request::new(system.edge(0), "GET", path).send().await.ok();
        let (openapi, asyncapi, sockets) = (
            get("/openapi.json").await,
            get("/asyncapi.json").await,
            get("/ws-docs").await.to_string(),
        );
        assert!(
            openapi["openapi"].as_str().unwrap().starts_with("3."),
            "{openapi}"
        );
        for action in actions::table() {
            for rest in &action.rest {
                let operation = &openapi["paths"][rest.path][rest.method.as_str().to_lowercase()];
                let described = &operation["responses"][action.status.to_string()];
                assert!(
                    described.is_object(),
                    "{} {}: {operation}",
                    rest.method.as_str(),
                    rest.path
                );
            }
            if action.socket.is_some() {
                assert!(
                    sockets.contains(&format!("\"{}\"", action.name)),
                    "{}",
                    action.name
                );
            }
        }
        let asyncapi = asyncapi.to_string();
        for event in [
            "message.created",
            "conversation.read",
            "group_invite.created",
            "user.updated",
            "user.deleted",
            "user.blocked",
            "presence.changed",
            "message.updated",
            "message.deleted",
            "conversation.updated",
            "conversation.deleted",
            "conversation.member_added",
            "conversation.member_removed",
            "request.accepted",
            "request.declined",
            "conversation.cleared",
            "system.broadcast",
            "notification.changed",
        ] {
            assert!(asyncapi.contains(event), "{event}");
        }
        for event in [
            "message:created",
            "conversation:created",
            "message:updated",
            "message:deleted",
            "conversation:updated",
            "conversation:deleted",
            "conversation:member-added",
            "conversation:member-removed",
            "conversation:invited",
            "message:status",
            "request:accepted",
            "request:declined",
            "session:revoked",
            "user:updated",
            "presence:changed",
            "notification:count",
            "notification:deleted",
        ] {
            assert!(sockets.contains(event), "{event}");
        }
    })
    .await;
}

#[tokio::test]
async fn a_ready_edge_says_so() {
    with_system(async |system| {
        for path in ["/health", "/health/live", "/health/ready"] {
            assert_eq!(
                Request::new(system.edge(0), "GET", path)
                    .send()
                    .await
                    .status,
                200,
                "{path}"
            );
        }
    })
    .await;
}
