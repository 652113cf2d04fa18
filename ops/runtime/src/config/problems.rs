use std::fmt;

use super::node::variable;
use crate::exit;

/// The mistakes found so far.
#[derive(Debug, Default)]
pub struct Problems(Vec<Problem>);

/// One mistake.
#[derive(Debug, PartialEq, Eq)]
struct Problem {
    /// `section.key`, or the name of what is wrong as a whole, such as a file.
    key: String,
    /// What is wrong and what to do; never the value.
    message: String,
}

impl Problems {
    /// Notes that `section.key` is wrong: say what to do, as in `must be at least 1`.
    pub fn add(&mut self, key: impl Into<String>, message: impl Into<String>) {
        let (key, message) = (key.into(), message.into());
        let problem = Problem { key, message };
        if !self.0.contains(&problem) {
            self.0.push(problem);
        }
    }

    /// Notes the mistake unless `ok`.
    pub fn ensure(&mut self, ok: bool, key: impl Into<String>, message: impl Into<String>) {
        if !ok {
            self.add(key, message);
        }
    }

    /// Notes the mistake unless `url` is an address of MongoDB that this program can use: `resolves_srv` says whether it was
    /// built with a resolver for `mongodb+srv`.
    pub fn ensure_mongodb(&mut self, key: &str, url: &str, resolves_srv: bool) {
        let by_dns = url.starts_with("mongodb+srv://");
        self.ensure(
            by_dns || url.starts_with("mongodb://"),
            key,
            "must be an address such as mongodb://user:password@host:27017/warren",
        );
        self.ensure(
            resolves_srv || !by_dns,
            key,
            "finds its hosts by DNS (mongodb+srv), which this program was built without: list them, as in \
             mongodb://host1,host2/warren?replicaSet=rs0&tls=true, or build it with --features shipped",
        );
    }

    /// Whether nothing is wrong.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Adds those of `later` whose key, or a key above or below it, is not known to be wrong already.
    pub(super) fn merge(&mut self, later: Self) {
        let known: Vec<String> = self.0.iter().map(|problem| problem.key.clone()).collect();
        let within = |key: &str, other: &str| {
            key.strip_prefix(other)
                .is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
        };
        self.0.extend(later.0.into_iter().filter(|problem| {
            !known
                .iter()
                .any(|key| within(key, &problem.key) || within(&problem.key, key))
        }));
    }

    pub(super) fn into_result<T>(self, value: Option<T>) -> Result<T, ConfigError> {
        match value {
            Some(value) if self.is_empty() => Ok(value),
            _ => Err(ConfigError(self)),
        }
    }
}

/// The configuration is wrong. Displays one message that names every mistake with its key and the
/// environment variable that sets it.
#[derive(Debug)]
pub struct ConfigError(Problems);

impl ConfigError {
    /// One mistake found after loading, for example a key file that holds no key.
    #[must_use]
    pub fn new(key: impl Into<String>, message: impl Into<String>) -> Self {
        let mut problems = Problems::default();
        problems.add(key, message);
        Self(problems)
    }

    /// The code to exit with: [`exit::CONFIG`].
    #[must_use]
    pub fn exit_code(&self) -> i32 {
        exit::CONFIG
    }
}

impl std::error::Error for ConfigError {}

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0.0.len() {
            1 => f.write_str("the configuration has a mistake:")?,
            count => write!(f, "the configuration has {count} mistakes:")?,
        }
        for Problem { key, message } in &self.0.0 {
            match variable(key) {
                Some(variable) => write!(f, "\n  {key} (environment {variable}): {message}")?,
                None => write!(f, "\n  {key}: {message}")?,
            }
        }
        Ok(())
    }
}
