//! One descriptor per socket: the soft limit is raised as far as the hard limit allows.

use crate::error::BenchError;

/// Descriptors besides the sockets: REST connections, files, the runtime.
const SPARE: u64 = 256;

/// Makes room for this many sockets, or says what to set.
pub(crate) fn make_room(sockets: usize) -> Result<(), BenchError> {
    let wanted = sockets as u64 + SPARE;
    // Raises the soft limit up to the hard one; returns what it is then.
    let got = rlimit::increase_nofile_limit(wanted).unwrap_or(0);
    if got >= wanted {
        return Ok(());
    }
    Err(BenchError::Usage(format!(
        "{sockets} sockets need {wanted} file descriptors, {got} are allowed; raise the hard limit first, for example: \
         sudo prlimit --pid $$ --nofile={wanted}:{wanted} (the edges need as many)"
    )))
}
