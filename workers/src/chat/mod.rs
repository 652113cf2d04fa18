//! The chat pool: conversations and messages.
//!
//! Commands come through partition queues, one worker at a time per partition, and are handled in batches:
//!
//! - [`membership`], which workers there are, and so which partitions are this one's.
//! - [`lane`], consumes the partitions of this worker, takes what is there as one batch, acknowledges it at the end.
//! - [`batch`], applies the commands of a batch in order to the conversations in memory, then stores all of it at once.
//! - [`turn`], what a handler of an ordered command is given.
//! - [`commands`], the handlers of ordered commands, one file each.
//! - [`queries`], the handlers of reads, one file each, on any worker.
//! - [`conversation`], [`cache`]: conversations in memory.
//! - [`change`], what is done to what exists, numbered per conversation.
//! - [`store`], MongoDB.
//! - [`blocks`], people between whom nothing is written.
//! - [`farewell`], what the end of an account means.
//! - [`files`], what was uploaded, and when it goes.
//! - [`signals`], who is typing, told at once or never.
//! - [`search`], which messages hold which words.
//! - [`contacts`], who talks directly with whom, for other pools.
//! - [`view`], conversations as clients see them.

pub mod batch;
pub mod blocks;
pub mod cache;
pub mod change;
pub mod commands;
pub mod contacts;
pub mod conversation;
pub mod farewell;
pub mod files;
pub mod lane;
pub mod membership;
pub mod mentions;
pub mod metrics;
pub mod queries;
pub mod search;
pub mod signals;
pub mod store;
pub mod turn;
pub mod view;
