//! Whom a text names as `@username`.

use std::collections::HashMap;

use warren_topology::ids::UserId;

/// The most names of one text that are looked at; the rest is only text.
const MAX_MENTIONS: usize = 50;
/// The longest username.
const MAX_NAME: usize = 32;
/// The name that stands for everybody.
const ALL: &str = "all";

/// People by their usernames in lower case, as far as they exist.
pub type Named = HashMap<String, UserId>;

/// A name after an `@`, in lower case: as it stands, and without dots and dashes at its end, which may belong to the
/// sentence.
struct Mention {
    whole: String,
    trimmed: String,
}

fn is_in_name(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_')
}

fn mentions(text: &str) -> impl Iterator<Item = Mention> {
    let found = text.match_indices('@').filter_map(|(at, _)| {
        // In an e-mail address it names nobody.
        let before = text[..at].chars().next_back();
        if before.is_some_and(|c| c.is_alphanumeric() || is_in_name(c)) {
            return None;
        }
        let rest = &text[at + 1..];
        let end = rest.find(|c| !is_in_name(c)).unwrap_or(rest.len());
        let whole = rest[..end].to_ascii_lowercase();
        let trimmed = whole.trim_end_matches(['.', '-', '_']).to_owned();
        (!trimmed.is_empty()).then_some(Mention { whole, trimmed })
    });
    found.take(MAX_MENTIONS)
}

/// The usernames that a text may mean, in lower case.
pub fn names(text: &str) -> impl Iterator<Item = String> {
    mentions(text)
        .flat_map(|mention| {
            let also = (mention.trimmed != mention.whole).then_some(mention.trimmed);
            [mention.whole].into_iter().chain(also)
        })
        .filter(|name| name.len() <= MAX_NAME)
}

/// Those of the people whom a text names, each once, in the order of the text.
#[must_use]
pub fn people(text: &str, named: &Named, is_member: impl Fn(UserId) -> bool) -> Vec<UserId> {
    let mut people = Vec::new();
    if named.is_empty() {
        return people;
    }
    for mention in mentions(text) {
        let member = |name: &str| named.get(name).copied().filter(|user| is_member(*user));
        let user = member(&mention.whole).or_else(|| member(&mention.trimmed));
        people.extend(user.filter(|user| !people.contains(user)));
    }
    people
}

/// Whether a text names everybody.
#[must_use]
pub fn everybody(text: &str) -> bool {
    mentions(text).any(|mention| mention.trimmed == ALL)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(text: &str) -> Vec<UserId> {
        let named = [("bob", 1), ("bob.", 2), ("ann-lee", 3), ("stranger", 4)];
        let named = named.map(|(name, id)| (name.to_owned(), UserId(id)));
        people(text, &named.into(), |user| user != UserId(4))
    }

    #[test]
    fn members_are_found_by_their_names_whatever_the_case() {
        assert_eq!(found("@ANN-Lee and (@bob), @bob!"), [UserId(3), UserId(1)]);
        assert_eq!(found("hello @stranger"), []);
        assert_eq!(found("bob@ann-lee, @@ann-lees @"), []);
    }

    #[test]
    fn the_end_of_a_sentence_is_no_part_of_a_name_unless_it_is() {
        assert_eq!(found("ask @ann-lee..."), [UserId(3)]);
        assert_eq!(found("ask @bob."), [UserId(2)]);
    }

    #[test]
    fn everybody_is_named_by_a_word_of_its_own() {
        assert!(everybody("@All: look") && everybody("hello @all."));
        assert!(!everybody("@allison") && !everybody("all") && !everybody("x@all"));
    }

    #[test]
    fn only_so_many_names_are_looked_at() {
        assert_eq!(names(&"@bob ".repeat(1_000)).count(), MAX_MENTIONS);
        assert_eq!(names(&format!("@{}", "x".repeat(33))).count(), 0);
    }
}
