use std::env;
use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};

use warren_runtime::shutdown;

/// Runs in a process of its own: ends by itself on the first signal when `WARREN_TEST_DRAIN` is `fast`,
/// else only on the second.
#[tokio::test]
#[ignore = "run by the other tests of this file"]
async fn process_under_test() {
    let stop = shutdown::on_signal();
    println!("\nwaiting");
    stop.cancelled().await;
    println!("\ndraining");
    if env::var("WARREN_TEST_DRAIN").as_deref() != Ok("fast") {
        std::future::pending::<()>().await;
    }
}

struct Process {
    child: Child,
    lines: std::io::Lines<BufReader<std::process::ChildStdout>>,
}

impl Process {
    fn start(drain: &str) -> Self {
        let mut child = Command::new(env::current_exe().unwrap())
            .args([
                "--ignored",
                "--exact",
                "--nocapture",
                "shutdown::process_under_test",
            ])
            .env("WARREN_TEST_DRAIN", drain)
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let mut process = Self { child, lines };
        process.wait_for("waiting");
        process
    }

    fn wait_for(&mut self, line: &str) {
        assert!(
            self.lines.any(|read| read.unwrap() == line),
            "no line {line}"
        );
    }

    fn signal(&self, name: &str) {
        let status = Command::new("kill")
            .args(["-s", name, &self.child.id().to_string()])
            .status();
        assert!(status.unwrap().success());
    }

    fn exit_code(mut self) -> Option<i32> {
        // Reads to the end, so that the process never waits for a reader.
        self.lines.by_ref().for_each(drop);
        self.child.wait().unwrap().code()
    }
}

#[test]
fn the_first_signal_lets_the_process_end_by_itself() {
    for name in ["TERM", "INT"] {
        let mut process = Process::start("fast");
        process.signal(name);
        process.wait_for("draining");
        assert_eq!(process.exit_code(), Some(0));
    }
}

#[test]
fn the_second_signal_ends_the_process_at_once() {
    for (name, code) in [("TERM", 143), ("INT", 130)] {
        let mut process = Process::start("slow");
        process.signal("TERM");
        process.wait_for("draining");
        process.signal(name);
        assert_eq!(process.exit_code(), Some(code));
    }
}
