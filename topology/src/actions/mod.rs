//! The one table of client actions (design.md, section 2).
//!
//! A row says what an action is called, how it is reached, who may call it, what it carries and where its command goes.
//! The edge, the pools and the documents are driven by the rows; adding an action is adding a row here, a payload type
//! in [`crate::payload`], and a handler in its pool, which the compiler asks for.

mod admission;
mod renewal;
mod row;
mod table;

pub use admission::{Admitted, Context, Partitioned, parse};
pub use renewal::Renewal;
pub use row::{
    Access, Action, Bytes, FieldKind, Method, Namespace, Pool, RateClass, Rest, Subscribing,
};
pub use table::{
    AuthAction, ChatAction, ChatQuery, ChatSignal, NotifyAction, UsersAction, auth, chat, find,
    notify, query, signal, table, users,
};

/// Ties an action to its payload and reply; implemented by the unit types the table makes.
pub trait Contract {
    /// What the client sends.
    type Payload: crate::payload::Payload;
    /// What the client gets back.
    type Reply: serde::Serialize + schemars::JsonSchema;
    /// The action's name.
    const NAME: &'static str;
}

/// Path prefixes that mean the same: what clients of the replaced system call, and the canonical one.
pub const ALIASES: [(&str, &str); 2] = [
    ("/users", "/user"),
    ("/conversations", "/chat/conversations"),
];

/// The role a new account has.
pub const ROLE_USER: &str = "user";
/// Whoever looks after what people write: suspends accounts that have no such role themselves.
pub const ROLE_MODERATOR: &str = "moderator";
/// Whoever looks after accounts and roles.
pub const ROLE_ADMIN: &str = "admin";
