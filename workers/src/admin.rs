//! What operators do with `warren-worker` besides running a pool.

use std::path::PathBuf;

use clap::{Args, Subcommand};
use mongodb::Client;
use serde::Deserialize;
use sqlx::PgPool;
use warren_runtime::config::{self, Check, Problems};
use warren_topology::{
    actions::ROLE_ADMIN,
    broker::{self, BrokerConfig, BrokerError, DeadLetter, DeadLetters},
    envelope::Control,
    ids::UserId,
};

use crate::{
    auth::{
        keys,
        roles::{self, Change},
    },
    chat::{search::indexer, store::Store},
    settings::{DEFAULTS, Settings},
};

type CommandResult = Result<(), Box<dyn std::error::Error>>;

/// The settings these commands need.
#[derive(Deserialize)]
struct AdminSettings {
    broker: BrokerConfig,
}

impl Check for AdminSettings {
    fn check(&self, problems: &mut Problems) {
        self.broker.check(problems);
    }
}

/// Looks after what could not be processed.
#[derive(Args)]
pub struct Dead {
    /// A TOML file with settings.
    #[arg(long, global = true)]
    config: Option<PathBuf>,
    #[command(subcommand)]
    command: DeadCommand,
}

#[derive(Subcommand)]
enum DeadCommand {
    /// List what is parked, a line each.
    List,
    /// Show one, whole, as JSON.
    Show {
        /// Its place in the list.
        position: usize,
    },
    /// Publish one again to where it came from, or all.
    Replay(Which),
    /// Remove one for good, or all.
    Drop(Which),
}

#[derive(Args)]
#[group(required = true, multiple = false)]
struct Which {
    /// Its place in the list.
    position: Option<usize>,
    /// All of them.
    #[arg(long)]
    all: bool,
}

impl Dead {
    /// Runs the command.
    ///
    /// # Errors
    /// When the broker cannot be reached or there is no such dead letter.
    #[expect(clippy::print_stdout, reason = "this is a command's answer")]
    pub async fn run(self) -> CommandResult {
        let settings: AdminSettings = config::load(DEFAULTS, self.config.as_deref())?;
        let letters = DeadLetters::new(&settings.broker);
        match self.command {
            DeadCommand::List => {
                let all = letters.list(usize::MAX).await?;
                println!("{} parked", all.len());
                for letter in all {
                    println!(
                        "{}\t{}\t{}\t{}",
                        letter.position, letter.key, letter.reason, letter.detail
                    );
                }
            }
            DeadCommand::Show { position } => {
                let all = letters.list(position).await?;
                let letter: &DeadLetter = all
                    .get(position.wrapping_sub(1))
                    .ok_or(NoSuchLetter(position))?;
                println!("{}", serde_json::to_string_pretty(letter)?);
            }
            DeadCommand::Replay(which) => settled(
                "published again",
                which.position,
                letters.replay(which.position).await?,
            )?,
            DeadCommand::Drop(which) => settled(
                "removed",
                which.position,
                letters.drop(which.position).await?,
            )?,
        }
        Ok(())
    }
}

/// There is nothing at this place.
#[derive(Debug, thiserror::Error)]
#[error("there is no dead letter {0}: see warren-worker dead list")]
struct NoSuchLetter(usize);

#[expect(clippy::print_stdout, reason = "this is a command's answer")]
fn settled(what: &str, position: Option<usize>, count: usize) -> CommandResult {
    match position {
        Some(position) if count == 0 => Err(NoSuchLetter(position).into()),
        _ => {
            println!("{count} {what}");
            Ok(())
        }
    }
}

/// Makes keys.
#[derive(Args)]
pub struct Keys {
    #[command(subcommand)]
    command: KeysCommand,
}

#[derive(Subcommand)]
enum KeysCommand {
    /// Make an Ed25519 key: private.pem for the auth pool, jwks.json for the edges.
    Generate(Folder),
    /// Begin a rotation: make the next key, next.pem, and add its public half to jwks.json.
    Add(Folder),
    /// Go on once all edges have read jwks.json: next.pem becomes private.pem, with which the auth pool signs from then on.
    Promote(Folder),
    /// End a rotation once the last token of the old key has expired: take old public keys out of jwks.json.
    Prune(Folder),
}

#[derive(Args)]
struct Folder {
    /// The folder of the keys.
    #[arg(long)]
    dir: PathBuf,
}

impl Keys {
    /// Runs the command.
    ///
    /// # Errors
    /// When the files exist already, are not there, or cannot be read or written.
    #[expect(clippy::print_stdout, reason = "this is a command's answer")]
    pub fn run(self) -> CommandResult {
        match self.command {
            KeysCommand::Generate(folder) => keys::generate(&folder.dir)?,
            KeysCommand::Add(folder) => keys::add(&folder.dir)?,
            KeysCommand::Promote(folder) => keys::promote(&folder.dir)?,
            KeysCommand::Prune(folder) => println!("{} removed", keys::prune(&folder.dir)?),
        }
        Ok(())
    }
}

/// Gives and takes the role of an administrator: the first one has nobody to ask.
#[derive(Args)]
pub struct Admin {
    /// A TOML file with settings.
    #[arg(long, global = true)]
    config: Option<PathBuf>,
    #[command(subcommand)]
    command: AdminCommand,
}

#[derive(Subcommand)]
enum AdminCommand {
    /// Make somebody an administrator.
    Grant(Who),
    /// Make them none any more.
    Revoke(Who),
    /// List the administrators, a line each.
    List,
}

#[derive(Args)]
struct Who {
    /// Their username.
    username: String,
}

/// There is nobody of this name.
#[derive(Debug, thiserror::Error)]
#[error("there is no account {0}: it has to be registered first")]
struct NoSuchUser(String);

impl Admin {
    /// Runs the command. Edges are told, so that it holds at once; if the broker is away, it holds from the next time the
    /// person's session is renewed.
    ///
    /// # Errors
    /// When PostgreSQL fails, there is nobody of this name, or it is the last administrator.
    #[expect(clippy::print_stdout, reason = "this is a command's answer")]
    pub async fn run(self) -> CommandResult {
        let settings: Settings = config::load(DEFAULTS, self.config.as_deref())?;
        let postgres = PgPool::connect(settings.users.database_url.expose()).await?;
        let (who, change) = match self.command {
            AdminCommand::Grant(who) => (who.username, Change::Grant),
            AdminCommand::Revoke(who) => (who.username, Change::Withdraw),
            AdminCommand::List => {
                let query = "SELECT username FROM users JOIN user_roles USING (user_id) JOIN roles USING (role_id)
                             WHERE name = $1 ORDER BY username";
                let names: Vec<String> = sqlx::query_scalar(query)
                    .bind(ROLE_ADMIN)
                    .fetch_all(&postgres)
                    .await?;
                names.iter().for_each(|name| println!("{name}"));
                return Ok(());
            }
        };
        let roles = set_role(&settings.broker, &postgres, &who, ROLE_ADMIN, change).await?;
        println!("{who}: {}", roles.join(", "));
        Ok(())
    }
}

/// Gives or takes a role and tells the edges; all roles that the person holds now.
///
/// # Errors
/// As [`Admin::run`].
pub async fn set_role(
    broker: &BrokerConfig,
    postgres: &PgPool,
    username: &str,
    role: &str,
    change: Change,
) -> Result<Vec<String>, Box<dyn std::error::Error>> {
    let query = r#"SELECT user_id FROM users WHERE lower(username) COLLATE "C" = lower($1) AND status <> 'deleted'"#;
    let user: Option<i64> = sqlx::query_scalar(query)
        .bind(username)
        .fetch_optional(postgres)
        .await?;
    let user = user.ok_or_else(|| NoSuchUser(username.to_owned()))?;
    let control = roles::set(postgres, UserId(user), role, change).await?;
    if let Err(error) = broker::tell_edges(broker, &control).await {
        tracing::warn!(%error, "the edges could not be told; it holds when the session is renewed");
    }
    match control {
        Control::RolesChanged { roles, .. } => Ok(roles),
        _ => Ok(Vec::new()),
    }
}

/// Looks after the index in which messages are searched.
#[derive(Args)]
pub struct Search {
    /// A TOML file with settings.
    #[arg(long, global = true)]
    config: Option<PathBuf>,
    #[command(subcommand)]
    command: SearchCommand,
}

#[derive(Subcommand)]
enum SearchCommand {
    /// Let the chat workers go through all messages again and index those that are missing, beside their other work: after
    /// events for `chat.search` were lost, which dead letters would show.
    Reindex,
}

impl Search {
    /// Runs the command.
    ///
    /// # Errors
    /// When MongoDB fails.
    #[expect(clippy::print_stdout, reason = "this is a command's answer")]
    pub async fn run(self) -> CommandResult {
        let settings: Settings = config::load(DEFAULTS, self.config.as_deref())?;
        let client = Client::with_uri_str(settings.chat.database_url.expose()).await?;
        match self.command {
            SearchCommand::Reindex => indexer::begin_anew(&Store::new(&client)).await?,
        }
        println!("the chat workers begin within half a minute; their logs say when they are done");
        Ok(())
    }
}

/// Declares exchanges and queues, as every worker does when it starts.
#[derive(Args)]
pub struct Declare {
    /// A TOML file with settings.
    #[arg(long)]
    config: Option<PathBuf>,
}

impl Declare {
    /// Runs the command.
    ///
    /// # Errors
    /// When the broker cannot be reached, or what exists differs; the message names it.
    pub async fn run(self) -> CommandResult {
        let settings: AdminSettings = config::load(DEFAULTS, self.config.as_deref())?;
        let connections = broker::pool(&settings.broker, "declare");
        let connection = connections.get().await.map_err(BrokerError::from)?;
        let channel = connection
            .create_channel()
            .await
            .map_err(BrokerError::doing("opening a channel"))?;
        broker::declare(&channel, &settings.broker).await?;
        Ok(())
    }
}
