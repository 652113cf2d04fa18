use std::borrow::Cow;

use warren_topology::actions::{ALIASES, Method};

use super::payload::percent_decode;
use crate::commands::catalog::Entry;

/// One part of a path template.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Part {
    // Literal parts come first in the order, so that they win over named ones.
    Literal(&'static str),
    Named(&'static str),
}

struct Route {
    method: Method,
    parts: Vec<Part>,
    /// Index of the action.
    entry: usize,
    template: &'static str,
}

/// All REST routes, the aliases included.
pub(crate) struct Router {
    routes: Vec<Route>,
}

/// Where a request goes.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Match<'a> {
    /// To an action, with the fields named in the path.
    Action {
        entry: usize,
        template: &'static str,
        fields: Vec<(&'static str, Cow<'a, str>)>,
    },
    /// Nowhere by this method, but by these.
    OtherMethod(Vec<&'static str>),
    /// Nowhere.
    Nothing,
}

impl Router {
    /// The routes of the table.
    pub(crate) fn new(entries: &[Entry]) -> Self {
        let mut routes = Vec::new();
        for (index, entry) in entries.iter().enumerate() {
            for rest in &entry.action.rest {
                let canonical = parts(rest.path);
                let mut add = |parts| {
                    routes.push(Route {
                        method: rest.method,
                        parts,
                        entry: index,
                        template: rest.path,
                    })
                };
                for (alias, of) in ALIASES {
                    if let Some(rest) = canonical.strip_prefix(parts(of).as_slice()) {
                        add([parts(alias), rest.to_vec()].concat());
                    }
                }
                add(canonical);
            }
        }
        routes.sort_by(|one, other| one.parts.cmp(&other.parts));
        Self { routes }
    }

    /// Finds the route of a request.
    pub(crate) fn find<'a>(&self, method: &str, path: &'a str) -> Match<'a> {
        let mut others = Vec::new();
        // Routes of the same parts follow each other. The first that match decide: `/user/me` is nobody's `/user/{userId}`.
        let mut parts = None;
        for route in &self.routes {
            let Some(fields) = route.matches(path) else {
                continue;
            };
            if *parts.get_or_insert(&route.parts) != &route.parts {
                break;
            }
            if route.method.as_str() == method {
                return Match::Action {
                    entry: route.entry,
                    template: route.template,
                    fields,
                };
            }
            if !others.contains(&route.method.as_str()) {
                others.push(route.method.as_str());
                if route.method == Method::Get {
                    others.push("HEAD");
                }
            }
        }
        if others.is_empty() {
            Match::Nothing
        } else {
            Match::OtherMethod(others)
        }
    }
}

impl Route {
    fn matches<'a>(&self, path: &'a str) -> Option<Vec<(&'static str, Cow<'a, str>)>> {
        let mut fields = Vec::new();
        let mut segments = path.strip_prefix('/')?.split('/');
        for part in &self.parts {
            let segment = segments.next()?;
            match part {
                Part::Literal(literal) if *literal == segment => {}
                Part::Literal(_) => return None,
                Part::Named(_) if segment.is_empty() => return None,
                Part::Named(name) => fields.push((*name, percent_decode(segment, false)?)),
            }
        }
        segments.next().is_none().then_some(fields)
    }
}

fn parts(template: &'static str) -> Vec<Part> {
    let part = |part: &'static str| match part.strip_prefix('{') {
        Some(name) => Part::Named(name.trim_end_matches('}')),
        None => Part::Literal(part),
    };
    template
        .trim_start_matches('/')
        .split('/')
        .map(part)
        .collect()
}

#[cfg(test)]
mod tests {
    use warren_topology::names::Names;

    use super::*;
    use crate::commands::catalog::Catalog;

    fn found(method: &str, path: &str) -> Option<(&'static str, Vec<(&'static str, String)>)> {
        let catalog = Catalog::new(&Names::new("test"), 16);
        let router = Router::new(catalog.entries());
        match router.find(method, path) {
            Match::Action { entry, fields, .. } => {
                let fields = fields
                    .into_iter()
                    .map(|(name, value)| (name, value.into_owned()))
                    .collect();
                Some((catalog.entries()[entry].action.name, fields))
            }
            _ => None,
        }
    }

    #[test]
    fn every_route_of_the_table_leads_to_its_action() {
        let catalog = Catalog::new(&Names::new("test"), 16);
        for entry in catalog.entries() {
            for rest in &entry.action.rest {
                let path = rest.path.replace(['{', '}'], "");
                assert_eq!(
                    found(rest.method.as_str(), &path).map(|(name, _)| name),
                    Some(entry.action.name),
                    "{path}"
                );
            }
        }
    }

    #[test]
    fn aliases_and_path_fields() {
        let direct = vec![("conversationId", "d1-2".to_owned())];
        assert_eq!(
            found("GET", "/conversations/d1-2/messages"),
            Some(("message:list", direct.clone()))
        );
        assert_eq!(
            found("GET", "/chat/conversations/d1%2D2/messages"),
            Some(("message:list", direct))
        );
        assert_eq!(found("GET", "/users/me"), Some(("user:me", vec![])));
        assert_eq!(
            found("GET", "/notifications/unread/count").map(|(name, _)| name),
            Some("notification:unread-count")
        );
        for path in [
            "/",
            "/usersx/me",
            "/user/me/",
            "/chat/conversations//messages",
            "/chat/conversations/%zz/messages",
        ] {
            assert_eq!(found("GET", path), None, "{path}");
        }
    }

    #[test]
    fn a_wrong_method_names_the_right_ones() {
        let catalog = Catalog::new(&Names::new("test"), 16);
        let router = Router::new(catalog.entries());
        assert_eq!(
            router.find("DELETE", "/auth/login"),
            Match::OtherMethod(vec!["POST"])
        );
        assert_eq!(
            router.find("DELETE", "/users/me"),
            Match::OtherMethod(vec!["GET", "HEAD"])
        );
        assert_eq!(router.find("GET", "/nowhere"), Match::Nothing);
    }
}
