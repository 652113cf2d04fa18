use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::MemberRole;
use crate::ids::UserId;

/// What happened to a group.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum SystemEventKind {
    /// It has another name or picture.
    Updated,
    /// The subjects were added.
    MembersAdded,
    /// The subject was removed.
    MemberRemoved,
    /// The actor, who is the subject, has left.
    MemberLeft,
    /// The subject may do something else from now on.
    RoleChanged,
}

/// A change of a group, as it stands in its history.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct SystemEvent {
    /// What happened.
    pub kind: SystemEventKind,
    /// Who did it.
    pub actor_id: UserId,
    /// To whom.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub subject_ids: Vec<UserId>,
    /// The new name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Where the new picture is; empty if it was taken away.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub avatar_url: Option<String>,
    /// What the subject may do from now on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub role: Option<MemberRole>,
    /// Who owns the group after its owner has left.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub new_owner_id: Option<UserId>,
}

impl SystemEvent {
    /// What happened, by whom, to whom.
    #[must_use]
    pub fn new(kind: SystemEventKind, actor: UserId, subjects: Vec<UserId>) -> Self {
        Self {
            kind,
            actor_id: actor,
            subject_ids: subjects,
            name: None,
            avatar_url: None,
            role: None,
            new_owner_id: None,
        }
    }
}
