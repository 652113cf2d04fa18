//! The search: which messages hold which words.
//!
//! - [`words`], what a word is, and what is looked for.
//! - [`index`], the entries in MongoDB, one per message.
//! - [`indexer`], makes them from domain events, a moment after the messages; and once from what was there before.
//!
//! The index only proposes. What a search answers with is read from the messages themselves and compared with what was
//! looked for, so an entry that is late or out of date shows nobody anything wrong.

pub mod index;
pub mod indexer;
pub mod words;
