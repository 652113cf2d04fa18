use super::Contract;
use crate::payload::auth::{Renew, Renewed};

/// `auth:refresh` as a socket event, in every namespace. It is no row of the table: the edge that holds the socket answers
/// it, and no pool has a part in it.
pub struct Renewal;

impl Contract for Renewal {
    type Payload = Renew;
    type Reply = Renewed;
    const NAME: &'static str = "auth:refresh";
}

impl Renewal {
    /// One line for the documents.
    pub const SUMMARY: &'static str =
        "Go on with a new access token, so that the connection outlives the old one";
}
