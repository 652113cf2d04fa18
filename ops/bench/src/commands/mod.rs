//! The sub-commands.

pub(crate) mod fanout;
pub(crate) mod group;
pub(crate) mod idle;
pub(crate) mod pairs;
pub(crate) mod reconnect;
pub(crate) mod search;

use clap::{Parser, Subcommand};

use crate::audit::AuditArgs;
use crate::options::Common;

/// Load generator and auditor of Warren.
///
/// It uses the public interface only (REST and Socket.IO), registers people of its own under a new prefix, and runs
/// against loopback addresses unless told otherwise. Start the system with lifted limits and cheap passwords:
/// WARREN__LIMITS__ENABLED=false WARREN__AUTH__BCRYPT_COST=4 ./ops/up
///
/// Exit code 0: done, nothing wrong found. 1: losses, doubles, order breaks or another violation. 2: could not run.
#[derive(Debug, Parser)]
#[command(name = "warren-bench", version, max_term_width = 110)]
pub(crate) struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Memory per idle signed-in socket
    ///
    /// Opens sockets signed in on both namespaces and holds them. Reports the growth of the edges' resident memory per
    /// socket, and that of the kernel's socket memory (both ends of the connections, as they are on one machine).
    Idle(idle::IdleArgs),
    /// Edge CPU per delivery: one group, many sockets, few messages
    ///
    /// Every member of one group is online with several sockets; one member sends a few messages. Reports the CPU
    /// time of the edges per delivered message and per pushed event (notifications included).
    Fanout(fanout::FanoutArgs),
    /// 1-1 conversations: rates, latencies, losses
    ///
    /// Each pair has a sender and a receiver with a socket each. With --window each sender keeps that many messages
    /// unacked (closed loop: finds the highest rate). With --rate messages leave at fixed times whatever happens (open
    /// loop: latencies count from the intended time, so a stall shows in full).
    Pairs(pairs::PairsArgs),
    /// One large group: deliveries per second
    ///
    /// All members of one group are online, some of them send. Paced as pairs.
    Group(group::GroupArgs),
    /// One edge ends, and all its sockets come to another at once
    ///
    /// Members of one group are online on the last edge named, with many sockets each. A command ends that edge; they come
    /// back to the first one with a stock client's pauses, and catch up. Reports how long that took, what failed on the
    /// way, and whether those who were on the first edge all the time were disturbed. Exit code 1 if one of them waited
    /// for more than a second, or anything was lost or doubled.
    Reconnect(reconnect::ReconnectArgs),
    /// Finding messages by their words: latencies
    ///
    /// Fills the conversations of one person with messages of words as frequent as in a language, waits until the last is
    /// found, then searches for rare, frequent and several words and for the first letters of some. Exit code 1 if
    /// anything was not found, or something else was.
    Search(search::SearchArgs),
    /// Verifies under load and faults what was promised
    ///
    /// People with one or two devices on all edges write in direct and group conversations, retry what failed with the
    /// same clientId, reconnect and catch up, while a schedule of faults runs. Then the whole history is read back:
    /// every acked message stored exactly once, at the place its ack said; no clientId twice; every device holds
    /// exactly what is stored, in the same order; nothing twice on one connection; a sender's messages in the order
    /// sent; unread counts and notifications up to the last message. Service must resume by itself after each fault.
    Audit(AuditArgs),
}

impl Command {
    /// The flags all of them take.
    pub(crate) fn common(&self) -> &Common {
        match self {
            Self::Idle(args) => &args.common,
            Self::Fanout(args) => &args.common,
            Self::Pairs(args) => &args.common,
            Self::Group(args) => &args.common,
            Self::Reconnect(args) => &args.common,
            Self::Search(args) => &args.common,
            Self::Audit(args) => &args.common,
        }
    }
}
