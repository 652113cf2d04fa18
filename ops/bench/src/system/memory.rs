//! Memory figures of the kernel.

use std::fs;

use serde::Serialize;

/// Resident memory of a process in bytes: the sum over its mappings (smaps_rollup, exact), else VmRSS (status, may lag
/// by some pages per thread).
pub(crate) fn resident(pid: u32) -> Option<u64> {
    field(
        &fs::read_to_string(format!("/proc/{pid}/smaps_rollup")).unwrap_or_default(),
        "Rss:",
    )
    .or_else(|| {
        field(
            &fs::read_to_string(format!("/proc/{pid}/status")).ok()?,
            "VmRSS:",
        )
    })
}

/// Kernel memory that grows with sockets, of the whole machine: both ends of a loopback connection are in it.
#[derive(Clone, Copy, Debug, Default, Serialize)]
pub(crate) struct KernelMemory {
    /// TCP sockets in use.
    pub(crate) tcp_sockets: u64,
    /// Buffers of TCP sockets in bytes (/proc/net/sockstat, `mem`).
    pub(crate) tcp_buffers: u64,
    /// Kernel objects in bytes, the sockets' own among them (/proc/meminfo, `Slab`).
    pub(crate) slab: u64,
}

impl KernelMemory {
    /// Reads it.
    pub(crate) fn read() -> Self {
        let sockstat = fs::read_to_string("/proc/net/sockstat").unwrap_or_default();
        let meminfo = fs::read_to_string("/proc/meminfo").unwrap_or_default();
        let (tcp_sockets, pages) = parse_sockstat(&sockstat).unwrap_or((0, 0));
        Self {
            tcp_sockets,
            tcp_buffers: pages * page_size(),
            slab: field(&meminfo, "Slab:").unwrap_or(0),
        }
    }
}

fn page_size() -> u64 {
    fs::read_to_string("/proc/self/smaps")
        .ok()
        .and_then(|smaps| field(&smaps, "KernelPageSize:"))
        .unwrap_or(4096)
}

/// The value of `Name:   123 kB` in bytes.
fn field(text: &str, name: &str) -> Option<u64> {
    let line = text.lines().find_map(|line| line.strip_prefix(name))?;
    let kilobytes: u64 = line.split_ascii_whitespace().next()?.parse().ok()?;
    Some(kilobytes * 1024)
}

/// `inuse` and `mem` (pages) of the line `TCP: inuse 5 orphan 0 tw 1 alloc 7 mem 2`.
fn parse_sockstat(text: &str) -> Option<(u64, u64)> {
    let words: Vec<&str> = text
        .lines()
        .find(|line| line.starts_with("TCP:"))?
        .split_ascii_whitespace()
        .collect();
    let value = |name: &str| {
        words
            .iter()
            .position(|word| *word == name)
            .and_then(|at| words.get(at + 1)?.parse().ok())
    };
    Some((value("inuse")?, value("mem")?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_kernels_lines_are_read() {
        assert_eq!(
            field("Pss: 1 kB\nRss:      12 kB\n", "Rss:"),
            Some(12 * 1024)
        );
        assert_eq!(field("Pss: 1 kB\n", "Rss:"), None);
        let sockstat =
            "sockets: used 9\nTCP: inuse 5 orphan 0 tw 1 alloc 7 mem 2\nUDP: inuse 1 mem 3\n";
        assert_eq!(parse_sockstat(sockstat), Some((5, 2)));
    }
}
