//! Counting: sets of sequence numbers, latencies, live counters.

pub(crate) mod latency;
pub(crate) mod seqset;
pub(crate) mod tally;
