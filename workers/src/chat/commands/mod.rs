//! The ordered commands, one file each; `group`, `history` and `request` are what several of them need.

mod accept;
mod account_gone;
mod add;
mod create;
mod decline;
mod delete;
mod delete_message;
mod edit;
mod group;
mod history;
mod leave;
mod mark_read;
mod remove;
mod request;
mod role;
mod send;
mod settings;
mod status;
mod update;

pub use account_gone::AccountGone;
