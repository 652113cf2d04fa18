//! What the machine says: CPU and memory of processes, kernel socket memory, descriptors. All from /proc (Linux).

pub(crate) mod descriptors;
pub(crate) mod memory;
pub(crate) mod process;
pub(crate) mod targets;
