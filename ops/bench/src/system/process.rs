//! CPU seconds and resident memory of processes with all their descendants.

use std::collections::BTreeMap;
use std::fs;

/// Clock ticks per second in /proc/PID/stat. The kernel's USER_HZ is 100 on every architecture this runs on.
const TICKS_PER_SECOND: f64 = 100.0;

/// CPU and memory of one process tree.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Usage {
    /// User and system time so far. Children that ended and were waited for are included, so it only grows.
    pub(crate) cpu_seconds: f64,
    /// What the kernel took of it.
    pub(crate) kernel_seconds: f64,
    /// Sum of the resident sets; pages shared between processes count in each.
    pub(crate) rss_bytes: u64,
}

#[derive(Clone, Copy, Debug, PartialEq)]
struct Stat {
    parent: u32,
    user_ticks: u64,
    kernel_ticks: u64,
}

/// All processes at one moment.
#[derive(Debug)]
pub(crate) struct Processes(BTreeMap<u32, Stat>);

impl Processes {
    /// Reads /proc. Processes that end meanwhile are left out.
    pub(crate) fn read() -> Self {
        let pids = fs::read_dir("/proc").into_iter().flatten().flatten();
        let stats = pids.filter_map(|entry| {
            let pid: u32 = entry.file_name().to_str()?.parse().ok()?;
            let text = fs::read_to_string(entry.path().join("stat")).ok()?;
            Some((pid, parse_stat(&text)?))
        });
        Self(stats.collect())
    }

    /// The usage of a process and its descendants; none if the process does not exist.
    pub(crate) fn tree(&self, root: u32) -> Option<Usage> {
        self.0.contains_key(&root).then(|| {
            let mut usage = Usage::default();
            let mut todo = vec![root];
            while let Some(pid) = todo.pop() {
                if let Some(stat) = self.0.get(&pid) {
                    usage.cpu_seconds += ticks_to_seconds(stat.user_ticks + stat.kernel_ticks);
                    usage.kernel_seconds += ticks_to_seconds(stat.kernel_ticks);
                    usage.rss_bytes += super::memory::resident(pid).unwrap_or(0);
                }
                todo.extend(
                    self.0
                        .iter()
                        .filter(|(_, stat)| stat.parent == pid)
                        .map(|(pid, _)| *pid),
                );
            }
            usage
        })
    }
}

#[expect(
    clippy::cast_precision_loss,
    reason = "ticks since boot stay far below 2^52"
)]
fn ticks_to_seconds(ticks: u64) -> f64 {
    ticks as f64 / TICKS_PER_SECOND
}

/// Fields of proc_pid_stat(5); the name before `)` may hold spaces and parentheses.
fn parse_stat(text: &str) -> Option<Stat> {
    let mut fields = text.rsplit_once(')')?.1.split_ascii_whitespace();
    let parent = fields.nth(1)?.parse().ok()?;
    // utime, stime, cutime, cstime are fields 14 to 17.
    let mut ticks = fields.skip(9).map_while(|field| field.parse::<u64>().ok());
    let [user, kernel, ended_user, ended_kernel] = std::array::from_fn(|_| ticks.next());
    Some(Stat {
        parent,
        user_ticks: user? + ended_user?,
        kernel_ticks: kernel? + ended_kernel?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stat_lines_are_read_past_the_name() {
        let line = "42 (a (b) c) S 7 42 42 0 -1 4194560 100 200 0 0 11 22 33 44 20 0 1 0 5 0 0";
        assert_eq!(
            parse_stat(line),
            Some(Stat {
                parent: 7,
                user_ticks: 44,
                kernel_ticks: 66
            })
        );
        assert_eq!(parse_stat("nonsense"), None);
    }

    #[test]
    fn this_process_is_found_with_its_memory() {
        let usage = Processes::read().tree(std::process::id()).unwrap();
        assert!(usage.rss_bytes > 100_000);
        assert!(Processes::read().tree(u32::MAX).is_none());
    }
}
