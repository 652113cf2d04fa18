//! What stops a run before it can give a result. Findings about the system are no errors: they are in the report.

/// Every variant ends the program with exit code 2 and its one message.
#[derive(Debug, thiserror::Error)]
pub(crate) enum BenchError {
    /// The command line, a file it names or the machine's limits do not allow the run.
    #[error("{0}")]
    Usage(String),
    /// An edge does not answer.
    #[error("{0}")]
    Unreachable(String),
    /// An edge answers, but the people, conversations or sockets of the run could not be made.
    #[error("set-up failed: {0}")]
    Setup(String),
}
