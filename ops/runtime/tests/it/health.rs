use std::time::Duration;

use serde_json::json;
use tokio::time::timeout;
use warren_runtime::health::{Health, Overall};

#[test]
fn a_process_is_ready_once_every_component_is_up() {
    let health = Health::new();
    assert!(health.report().ready);

    let (broker, store) = (health.component("broker"), health.component("store"));
    assert!(!health.report().ready);
    broker.up();
    assert!(!health.report().ready);
    store.up();
    assert!(health.report().ready);
    broker.clone().down("connection refused");
    assert!(!health.report().ready);
}

#[test]
fn the_same_name_is_the_same_component() {
    let health = Health::new();
    health.component("broker").up();
    let again = health.component("broker");
    assert!(health.report().ready);
    again.down("gone");
    assert!(!health.report().ready);
}

#[test]
fn a_draining_process_is_not_ready_whatever_its_components_say() {
    let health = Health::new();
    let broker = health.component("broker");
    health.drain();
    broker.up();
    let report = health.report();
    assert!(!report.ready);
    assert_eq!(report.status, Overall::Draining);
}

#[test]
fn a_report_names_the_reasons_unless_told_not_to() {
    let health = Health::new();
    health.component("broker").up();
    health.component("store").down("no primary");
    let report = health.report();
    assert_eq!(
        serde_json::to_value(&report).unwrap(),
        json!({"status": "down", "components": {
            "broker": {"status": "up"},
            "store": {"status": "down", "reason": "no primary"},
        }})
    );
    assert_eq!(
        serde_json::to_value(report.without_reasons()).unwrap()["components"]["store"],
        json!({"status": "down"})
    );
}

#[tokio::test]
async fn waiting_for_readiness_ends_with_the_last_component() {
    let health = Health::new();
    let broker = health.component("broker");
    let short = Duration::from_millis(20);
    assert!(timeout(short, health.until_ready()).await.is_err());

    let waiting = tokio::spawn({
        let health = health.clone();
        async move { health.until_ready().await }
    });
    broker.up();
    timeout(Duration::from_secs(5), waiting)
        .await
        .unwrap()
        .unwrap();
}
