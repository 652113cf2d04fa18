use std::process::{Command, Output};

use crate::scratch;

/// Runs `warren-migrate` with these addresses and nothing else of the environment.
fn migrate(users: &str, chat: &str, notify: &str, arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_warren-migrate"));
    command
        .env_clear()
        .env("USER_DB_URL", users)
        .env("CHAT_DB_URL", chat)
        .env("NOTIFICATION_DB_URL", notify);
    command.args(arguments).output().unwrap()
}

fn states(output: &Output) -> Vec<String> {
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    let text = String::from_utf8(output.stdout.clone()).unwrap();
    let state = |line: &str| line.split_whitespace().nth(3).unwrap().to_owned();
    text.lines().skip(1).map(state).collect()
}

#[tokio::test]
async fn up_down_and_status_cover_all_databases() {
    scratch::postgres(async |users| {
        scratch::mongo(async |chat, _| {
            let run = |arguments: &[&str]| states(&migrate(users, chat, chat, arguments));
            assert!(run(&["status"]).iter().all(|state| state == "pending"));
            let applied = run(&["up"]);
            assert!(
                applied.iter().all(|state| state == "applied"),
                "{applied:?}"
            );
            let users_down = run(&["down", "--only", "users", "--steps", "2"]);
            let (kept, undone) = users_down.split_at(users_down.len() - 2);
            assert!(kept.iter().all(|state| state == "applied"), "{kept:?}");
            assert_eq!(undone, ["pending"; 2]);
            let all_down = run(&["down", "--steps", "99"]);
            assert_eq!(all_down.len(), applied.len());
            assert!(
                all_down.iter().all(|state| state == "pending"),
                "{all_down:?}"
            );
        })
        .await;
    })
    .await;
}

#[test]
fn mistakes_in_the_configuration_exit_with_78() {
    let (users, chat) = ("postgres://127.0.0.1:1/x", "mongodb://127.0.0.1:1/");
    let output = migrate(users, chat, chat, &["up", "--only", "chat"]);
    assert_eq!(output.status.code(), Some(78));
    let message = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(message.contains("WARREN__CHAT__DATABASE_URL"), "{message}");
    assert_eq!(migrate("", chat, chat, &["status"]).status.code(), Some(78));
}

#[test]
fn a_server_that_is_not_there_exits_with_1() {
    let (users, chat) = ("postgres://127.0.0.1:1/x", "mongodb://127.0.0.1:1/x");
    let output = migrate(users, chat, chat, &["up", "--only", "users"]);
    assert_eq!(output.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&output.stderr).contains("[users]"));
}
