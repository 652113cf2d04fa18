//! What operators do with `warren-worker` besides running a pool.

use std::path::PathBuf;

use clap::{Args, Subcommand};
use serde::Deserialize;
use warren_runtime::config::{self, Check, Problems};
use warren_topology::broker::{self, BrokerConfig, BrokerError, DeadLetter, DeadLetters};

use crate::settings::DEFAULTS;

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
    Generate {
        /// The folder to write them to.
        #[arg(long)]
        dir: PathBuf,
    },
}

impl Keys {
    /// Runs the command.
    ///
    /// # Errors
    /// When the files exist already or cannot be written.
    pub fn run(self) -> CommandResult {
        let KeysCommand::Generate { dir } = self.command;
        crate::auth::keys::generate(&dir)?;
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
