//! Who talks with whom.

use std::collections::BTreeSet;
use std::sync::Arc;

use futures_util::{StreamExt as _, TryStreamExt as _, stream};

use super::AuditArgs;
use crate::client::people::{self, Person};
use crate::error::BenchError;
use crate::options::Bench;

/// A conversation of the audit.
#[derive(Debug)]
pub(crate) struct Room {
    /// Its id.
    pub(crate) id: String,
    /// Indices of its members.
    pub(crate) members: Vec<usize>,
}

/// People and conversations.
#[derive(Debug)]
pub(crate) struct Plan {
    /// People, by index.
    pub(crate) people: Vec<Arc<Person>>,
    /// Conversations, by index.
    pub(crate) rooms: Vec<Room>,
}

impl Plan {
    /// Registers the people and creates the conversations: one half direct, one half groups.
    pub(crate) async fn set_up(bench: &Bench, args: &AuditArgs) -> Result<Self, BenchError> {
        let count = args.people as usize;
        let people =
            people::register(&bench.api, &bench.prefix, count, bench.concurrency()).await?;
        let people: Vec<Arc<Person>> = people.into_iter().map(Arc::new).collect();
        let direct = (args.conversations as usize)
            .div_ceil(2)
            .min(count * (count - 1) / 2);
        let groups = args.conversations as usize - direct;
        let largest = (args.group_size as usize).min(count);
        let members: Vec<Vec<usize>> = pairs(count)
            .take(direct)
            .map(|(one, other)| vec![one, other])
            .chain((0..groups).map(|_| group(count, largest)))
            .collect();
        let rooms = stream::iter(members.into_iter().enumerate())
            .map(|(index, members)| create(bench, &people, index, members, index >= direct))
            .buffered(bench.concurrency())
            .try_collect()
            .await?;
        Ok(Self { people, rooms })
    }

    /// Indices of the conversations somebody is in.
    pub(crate) fn rooms_of(&self, person: usize) -> Vec<usize> {
        let rooms = self.rooms.iter().enumerate();
        rooms
            .filter(|(_, room)| room.members.contains(&person))
            .map(|(index, _)| index)
            .collect()
    }
}

async fn create(
    bench: &Bench,
    people: &[Arc<Person>],
    index: usize,
    members: Vec<usize>,
    is_group: bool,
) -> Result<Room, BenchError> {
    let creator = &people[members[0]];
    let others: Vec<u64> = members[1..]
        .iter()
        .map(|member| people[*member].user_id)
        .collect();
    let key = format!("{}-r{index}", bench.prefix);
    let name = is_group.then_some(key.as_str());
    let conversation = bench
        .api
        .create_conversation(creator.index, &creator.token(), &others, name, &key)
        .await
        .map_err(|error| error.into_setup_error("creating a conversation"))?;
    if !is_group {
        let other = &people[members[1]];
        bench
            .api
            .accept(other.index, &other.token(), &conversation.id)
            .await
            .map_err(|error| error.into_setup_error("accepting a conversation"))?;
    }
    Ok(Room {
        id: conversation.id,
        members,
    })
}

/// All pairs of `count` people, those at distance 1 first (even ones before odd ones, so that few pairs reach everybody).
fn pairs(count: usize) -> impl Iterator<Item = (usize, usize)> {
    let mut seen = BTreeSet::new();
    let starts = move || (0..count).step_by(2).chain((1..count).step_by(2));
    (1..count)
        .flat_map(move |distance| starts().map(move |one| (one, (one + distance) % count)))
        .filter(move |(one, other)| seen.insert((*one.min(other), *one.max(other))))
}

/// A random group of 3 to `largest` people.
fn group(count: usize, largest: usize) -> Vec<usize> {
    let size = rand::random_range(3.min(largest)..=largest);
    rand::seq::index::sample(&mut rand::rng(), count, size).into_vec()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pairs_are_different_and_reach_everybody_first() {
        let all: Vec<_> = pairs(6).collect();
        assert_eq!(all.len(), 15);
        assert_eq!(&all[..3], [(0, 1), (2, 3), (4, 5)]);
        assert_eq!(pairs(2).collect::<Vec<_>>(), [(0, 1)]);
    }

    #[test]
    fn groups_have_three_members_or_more() {
        for _ in 0..50 {
            let members = group(10, 5);
            assert!((3..=5).contains(&members.len()));
            assert_eq!(members.iter().collect::<BTreeSet<_>>().len(), members.len());
        }
    }
}
