//! The ordered commands, one file each.

mod create;
mod mark_read;
mod send;
