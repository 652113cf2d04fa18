//! What `warren-migrate` needs to know: where the databases are.

use std::{fmt, fs, path::PathBuf};

use serde::{
    Deserialize, Deserializer,
    de::{self, IgnoredAny, MapAccess, Visitor},
};
use warren_runtime::config::{Check, LogConfig, Problems, Secret};

/// The settings of `warren-migrate`.
#[derive(Clone, Debug, Deserialize)]
pub struct Settings {
    /// Logs.
    #[serde(default)]
    pub log: LogConfig,
    /// PostgreSQL.
    pub users: DatabaseConfig,
    /// Conversations, in MongoDB.
    pub chat: DatabaseConfig,
    /// Notifications, in MongoDB.
    pub notify: DatabaseConfig,
}

/// The address in one of the sections `[users]`, `[chat]` and `[notify]`. Their other keys belong to the workers, which
/// check them; here they are passed over.
#[derive(Clone, Debug)]
pub struct DatabaseConfig {
    /// `postgres://user:password@host:5432/database` or `mongodb://user:password@host:27017/database`
    pub database_url: Secret,
}

impl<'de> Deserialize<'de> for DatabaseConfig {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(SectionVisitor)
    }
}

struct SectionVisitor;

impl<'de> Visitor<'de> for SectionVisitor {
    type Value = DatabaseConfig;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a section with the key database_url")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<DatabaseConfig, A::Error> {
        let (mut direct, mut from_file) = (None, None);
        while let Some(key) = entries.next_key::<String>()? {
            match key.as_str() {
                "database_url" => direct = Some(entries.next_value()?),
                "database_url_file" => from_file = Some(entries.next_value::<FileContent>()?.0),
                _ => drop(entries.next_value::<IgnoredAny>()?),
            }
        }
        // As for the other processes, the variable that names a file stands above the configuration file.
        let database_url = from_file
            .or(direct)
            .ok_or_else(|| de::Error::missing_field("database_url"))?;
        Ok(DatabaseConfig { database_url })
    }
}

/// What is in the file that `…_FILE` names, without the white space around it.
struct FileContent(Secret);

impl<'de> Deserialize<'de> for FileContent {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let path = PathBuf::deserialize(deserializer)?;
        match fs::read_to_string(path) {
            Ok(content) => Ok(Self(Secret::new(content.trim()))),
            Err(error) => Err(de::Error::custom(format_args!(
                "the file it names cannot be read: {error}"
            ))),
        }
    }
}

impl Check for Settings {
    fn check(&self, problems: &mut Problems) {
        self.log.check(problems);
        let begins = |config: &DatabaseConfig, schemes: [&str; 2]| {
            schemes
                .iter()
                .any(|scheme| config.database_url.expose().starts_with(scheme))
        };
        problems.ensure(
            begins(&self.users, ["postgres://", "postgresql://"]),
            "users.database_url",
            "must be an address such as postgres://user:password@host:5432/warren",
        );
        for (key, config) in [
            ("chat.database_url", &self.chat),
            ("notify.database_url", &self.notify),
        ] {
            problems.ensure_mongodb(key, config.database_url.expose(), cfg!(feature = "srv"));
        }
    }
}

#[cfg(test)]
mod tests {
    use warren_runtime::config::load_from;

    use super::*;

    fn load(pairs: &[(&str, &str)]) -> Result<Settings, String> {
        let environment = pairs
            .iter()
            .map(|(key, value)| ((*key).to_owned(), (*value).to_owned()));
        load_from("", None, environment).map_err(|error| error.to_string())
    }

    const CHAT: (&str, &str) = ("CHAT_DB_URL", "mongodb://h/chat");
    const NOTIFY: (&str, &str) = ("NOTIFICATION_DB_URL", "mongodb://h/notify");

    #[test]
    fn keys_of_other_processes_are_passed_over() {
        let others = [
            ("WARREN__USERS__MAX_CONNECTIONS", "5"),
            ("WARREN__CHAT__LANES", "2"),
        ];
        let users = ("WARREN__USERS__DATABASE_URL", "postgres://h/users");
        let settings = load(&[users, CHAT, NOTIFY, others[0], others[1]]).unwrap();
        assert_eq!(settings.users.database_url.expose(), "postgres://h/users");
        assert_eq!(settings.notify.database_url.expose(), "mongodb://h/notify");
    }

    #[test]
    fn every_missing_or_wrong_address_is_named() {
        let message = load(&[("USER_DB_URL", "mysql://h/users"), NOTIFY]).unwrap_err();
        assert!(message.contains("users.database_url"), "{message}");
        assert!(message.contains("WARREN__CHAT__DATABASE_URL"), "{message}");
        assert!(!message.contains("notify.database_url"), "{message}");
    }

    #[test]
    fn hosts_found_by_dns_are_refused_by_a_program_that_cannot_resolve_them() {
        let users = ("USER_DB_URL", "postgres://h/users");
        let found = load(&[users, ("CHAT_DB_URL", "mongodb+srv://h/chat"), NOTIFY]);
        assert_eq!(found.is_ok(), cfg!(feature = "srv"));
        if let Err(message) = found {
            assert!(message.contains("chat.database_url"), "{message}");
            assert!(message.contains("--features shipped"), "{message}");
        }
    }

    #[test]
    fn an_address_can_be_in_a_file() {
        let path = std::env::temp_dir().join(format!("warren-migrate-{}", std::process::id()));
        fs::write(&path, "postgres://h/from-file\n").unwrap();
        let users = ("WARREN__USERS__DATABASE_URL_FILE", path.to_str().unwrap());
        let settings = load(&[users, CHAT, NOTIFY]);
        fs::remove_file(&path).unwrap();
        assert_eq!(
            settings.unwrap().users.database_url.expose(),
            "postgres://h/from-file"
        );

        let message = load(&[users, CHAT, NOTIFY]).unwrap_err();
        assert!(message.contains("users.database_url_file"), "{message}");
    }
}
