//! `warren-migrate up|down|status`: changes the databases of Warren.

use std::{error::Error, io::Write as _, path::PathBuf, process::ExitCode};

use clap::{Parser, Subcommand, ValueEnum};
use warren_migrations::{
    MongoMigrator, PostgresMigrator, mongo,
    settings::Settings,
    status::{self, Entry},
};
use warren_runtime::{
    config::{self, ConfigError},
    exit, log,
};

/// Changes the databases of Warren: PostgreSQL (users.database_url) and MongoDB (chat.database_url,
/// notify.database_url).
#[derive(Debug, Parser)]
#[command(name = "warren-migrate", version)]
struct Arguments {
    /// A TOML file with settings; the environment (WARREN__SECTION__KEY) stands above it.
    #[arg(long, global = true)]
    config: Option<PathBuf>,
    /// Only this database.
    #[arg(long, global = true)]
    only: Option<Database>,
    #[command(subcommand)]
    command: Command,
}

#[derive(Clone, Copy, Debug, Subcommand)]
enum Command {
    /// Apply what is pending.
    Up,
    /// Take the last migrations of each database back, with their data.
    Down {
        /// How many per database.
        #[arg(long, default_value_t = 1)]
        steps: usize,
    },
    /// Show what is applied and what is not.
    Status,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Database {
    Users,
    Chat,
    Notify,
}

/// Which database failed.
#[derive(Debug, thiserror::Error)]
#[error("the database of [{section}] was not changed completely")]
struct Failed {
    section: &'static str,
    #[source]
    source: Box<dyn Error>,
}

#[tokio::main]
async fn main() -> ExitCode {
    match run(&Arguments::parse()).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => exit::report(&*error),
    }
}

async fn run(arguments: &Arguments) -> Result<(), Box<dyn Error>> {
    let settings: Settings = config::load("", arguments.config.as_deref())?;
    log::init(&settings.log)?;
    let mut databases = vec![Database::Users, Database::Chat, Database::Notify];
    if matches!(arguments.command, Command::Down { .. }) {
        databases.reverse();
    }
    databases.retain(|database| arguments.only.is_none_or(|only| only == *database));
    let mut entries = Vec::new();
    for database in databases {
        entries.extend(change(&settings, database, arguments.command).await?);
    }
    write!(std::io::stdout().lock(), "{}", status::table(&entries))?;
    Ok(())
}

/// Does what is asked with one database, and says how it stands afterwards.
async fn change(
    settings: &Settings,
    database: Database,
    command: Command,
) -> Result<Vec<Entry>, Failed> {
    let (section, set, url) = match database {
        Database::Users => {
            let changed = change_postgres(settings, command).await;
            return changed.map_err(|source| Failed {
                section: "users",
                source,
            });
        }
        Database::Chat => ("chat", mongo::CHAT, &settings.chat.database_url),
        Database::Notify => ("notify", mongo::NOTIFY, &settings.notify.database_url),
    };
    let changed = change_mongo(set, url.expose(), command).await;
    changed.map_err(|source| Failed { section, source })
}

async fn change_postgres(
    settings: &Settings,
    command: Command,
) -> Result<Vec<Entry>, Box<dyn Error>> {
    let mut migrator = PostgresMigrator::connect(settings.users.database_url.expose()).await?;
    match command {
        Command::Up => migrator.up().await?,
        Command::Down { steps } => migrator.down(steps).await?,
        Command::Status => {}
    }
    Ok(migrator.status().await?)
}

async fn change_mongo(
    set: mongo::Set,
    url: &str,
    command: Command,
) -> Result<Vec<Entry>, Box<dyn Error>> {
    let migrator = match MongoMigrator::connect(set, url).await {
        Err(mongo::MongoError::DatabaseName { section }) => {
            let key = format!("{section}.database_url");
            return Err(ConfigError::new(key, "names no database: end it with /name").into());
        }
        migrator => migrator?,
    };
    match command {
        Command::Up => migrator.up().await?,
        Command::Down { steps } => migrator.down(steps).await?,
        Command::Status => {}
    }
    Ok(migrator.status().await?)
}
