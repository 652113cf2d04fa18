use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// How a member of a direct conversation stands to the other's wish to talk. In groups everybody has accepted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum RequestState {
    /// They have, or they asked themselves.
    Accepted,
    /// They have not said yet. The other may write three messages until then.
    Pending,
    /// They do not want to. The other may not write until they do.
    Declined,
}
