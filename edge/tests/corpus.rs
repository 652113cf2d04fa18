//! Everything that fuzzing ever found worth keeping, tried again.

#![allow(clippy::expect_used, reason = "a test fails by panicking")]

use std::path::Path;

#[path = "../fuzz/checks.rs"]
mod checks;

/// Runs a check on every file of its corpus.
fn replay(name: &str, check: fn(&[u8])) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("fuzz/corpus")
        .join(name);
    let mut count = 0;
    for entry in std::fs::read_dir(&folder).expect("a corpus") {
        let path = entry.expect("an entry").path();
        check(&std::fs::read(&path).expect("a file"));
        count += 1;
    }
    assert!(count >= 5, "{} holds only {count} files", folder.display());
}

#[test]
fn packets_of_the_corpus_are_refused_or_understood() {
    replay("packet", checks::packet);
}

#[test]
fn payloads_of_the_corpus_are_refused_or_understood() {
    replay("payload", checks::payload);
}

#[test]
fn sessions_of_the_corpus_end_or_go_on() {
    replay("session", checks::session);
}
