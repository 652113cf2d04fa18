//! Which processes are watched: named on the command line, or listed in the state file that `ops/up` writes.

use std::path::Path;

use serde::Serialize;
use serde_json::Value;

use super::process::{Processes, Usage};
use crate::error::BenchError;

/// A process to watch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Target {
    /// The name in the report, such as `edge-0` or `rabbitmq`.
    pub(crate) name: String,
    /// Its process id; its descendants count with it.
    pub(crate) pid: u32,
}

impl Target {
    /// Whether it is one of the edges, going by its name.
    pub(crate) fn is_edge(&self) -> bool {
        self.name.contains("edge")
    }
}

/// CPU and memory of one target over the measured window.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct ProcessFigures {
    /// Its name.
    pub(crate) name: String,
    /// CPU seconds used in the window.
    pub(crate) cpu_seconds: f64,
    /// What the kernel took of them.
    pub(crate) kernel_seconds: f64,
    /// All of it as a share of one core, in percent.
    pub(crate) cpu_percent: f64,
    /// Resident memory at the end of the window.
    pub(crate) rss_bytes: u64,
}

/// The targets' use of the machine at one moment, with this program's own under the name `warren-bench`.
#[derive(Debug)]
pub(crate) struct Snapshot(Vec<(Target, Option<Usage>)>);

impl Snapshot {
    /// Reads it.
    pub(crate) fn take(targets: &[Target]) -> Self {
        let processes = Processes::read();
        let own = Target {
            name: "warren-bench".to_owned(),
            pid: std::process::id(),
        };
        let all = targets.iter().cloned().chain([own]);
        Self(
            all.map(|target| (target.clone(), processes.tree(target.pid)))
                .collect(),
        )
    }

    /// What was used since an earlier snapshot of the same targets. Processes that are gone are left out.
    pub(crate) fn since(&self, earlier: &Self, seconds: f64) -> Vec<ProcessFigures> {
        let pairs = self.0.iter().zip(&earlier.0);
        pairs
            .filter_map(|((target, now), (_, before))| {
                let (now, before) = ((*now)?, (*before)?);
                let cpu_seconds = now.cpu_seconds - before.cpu_seconds;
                Some(ProcessFigures {
                    name: target.name.clone(),
                    cpu_seconds,
                    kernel_seconds: now.kernel_seconds - before.kernel_seconds,
                    cpu_percent: 100.0 * cpu_seconds / seconds,
                    rss_bytes: now.rss_bytes,
                })
            })
            .collect()
    }
}

/// CPU seconds of all edges together, and what the kernel took of them; none if no edge is among the targets.
pub(crate) fn edge_cpu_seconds(
    figures: &[ProcessFigures],
    targets: &[Target],
) -> Option<(f64, f64)> {
    let is_edge = |name: &str| {
        let mut edges = targets.iter().filter(|target| target.is_edge());
        edges.any(|edge| edge.name == name)
    };
    figures
        .iter()
        .filter(|figure| is_edge(&figure.name))
        .map(|figure| (figure.cpu_seconds, figure.kernel_seconds))
        .reduce(|(cpu, kernel), more| (cpu + more.0, kernel + more.1))
}

/// The targets of `--pid` and `--state`. A process named by `--pid` must run; of a state file those that run are taken,
/// as one may just be down for a restart.
pub(crate) fn targets(pids: &[String], state: Option<&Path>) -> Result<Vec<Target>, BenchError> {
    let processes = Processes::read();
    let runs = |target: &Target| processes.tree(target.pid).is_some();
    let mut targets = Vec::new();
    if let Some(path) = state {
        let usage = |why: String| BenchError::Usage(format!("--state {}: {why}", path.display()));
        let text = std::fs::read_to_string(path).map_err(|error| usage(error.to_string()))?;
        let found = from_state(&text).map_err(|error| usage(error.to_string()))?;
        targets.extend(found.into_iter().filter(runs));
        if targets.is_empty() {
            return Err(usage(
                "none of its processes runs; start them with ./ops/up".to_owned(),
            ));
        }
    }
    for pid in pids {
        let target = from_argument(pid)?;
        if !runs(&target) {
            return Err(BenchError::Usage(format!(
                "--pid {pid}: there is no such process"
            )));
        }
        targets.push(target);
    }
    Ok(targets)
}

fn from_argument(argument: &str) -> Result<Target, BenchError> {
    let usage = || {
        BenchError::Usage(format!(
            "--pid {argument}: expected NAME=PID, such as edge=4711"
        ))
    };
    let (name, pid) = argument.split_once('=').ok_or_else(usage)?;
    let pid = pid.parse().map_err(|_| usage())?;
    Ok(Target {
        name: name.to_owned(),
        pid,
    })
}

/// `{servers:{NAME:{pid}}, processes:[{name,pid}]}`; entries without a pid are skipped.
fn from_state(text: &str) -> serde_json::Result<Vec<Target>> {
    let state: Value = serde_json::from_str(text)?;
    let pid = |entry: &Value| {
        entry
            .get("pid")?
            .as_u64()
            .and_then(|pid| u32::try_from(pid).ok())
    };
    let servers = state
        .get("servers")
        .and_then(Value::as_object)
        .into_iter()
        .flatten();
    let processes = state
        .get("processes")
        .and_then(Value::as_array)
        .into_iter()
        .flatten();
    let servers = servers.filter_map(|(name, entry)| {
        Some(Target {
            name: name.clone(),
            pid: pid(entry)?,
        })
    });
    let processes = processes.filter_map(|entry| {
        Some(Target {
            name: entry.get("name")?.as_str()?.to_owned(),
            pid: pid(entry)?,
        })
    });
    Ok(processes.chain(servers).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_state_file_names_servers_and_processes() {
        let text = r#"{"servers":{"rabbitmq":{"pid":1,"port":5672},"mongo":{}},
            "processes":[{"name":"edge-0","pid":2},{"name":"chat-0","pid":3}]}"#;
        let found: Vec<(String, u32)> = from_state(text)
            .unwrap()
            .into_iter()
            .map(|target| (target.name, target.pid))
            .collect();
        let expected = [("edge-0", 2), ("chat-0", 3), ("rabbitmq", 1)]
            .map(|(name, pid)| (name.to_owned(), pid));
        assert_eq!(found, expected);
    }

    #[test]
    fn arguments_name_a_process() {
        assert_eq!(
            from_argument("edge=12").unwrap(),
            Target {
                name: "edge".to_owned(),
                pid: 12
            }
        );
        assert!(from_argument("edge").is_err());
        assert!(from_argument("edge=x").is_err());
        assert!(targets(&["gone=4294967295".to_owned()], None).is_err());
    }
}
