//! Structured logs on standard error, one event per line.

use std::io::{self, IsTerminal};

use serde::Deserialize;
use tracing_subscriber::EnvFilter;
use tracing_subscriber::util::SubscriberInitExt;

use crate::config::{Check, ConfigError, Problems};

/// How events are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LogFormat {
    /// For a person at a terminal.
    #[default]
    Human,
    /// One JSON object per line, for a log collector.
    Json,
}

/// Section `[log]`; may be left out.
#[derive(Debug, Clone, Deserialize)]
#[serde(default)]
pub struct LogConfig {
    /// How events are written.
    pub format: LogFormat,
    /// Least severe level written, or directives per target: `info,warren_edge=debug,lapin=warn`
    /// (syntax of tracing-subscriber's `EnvFilter`).
    pub level: String,
}

impl Default for LogConfig {
    fn default() -> Self {
        Self {
            format: LogFormat::Human,
            level: "info".to_owned(),
        }
    }
}

impl LogConfig {
    fn filter(&self) -> Result<EnvFilter, String> {
        // EnvFilter takes no spaces.
        let level = self.level.replace(' ', "");
        // It takes a lone word it does not know for a target, so that a typing error in a level would
        // switch everything off without a word.
        let mut directives = level.split(',').filter(|_| !level.contains('['));
        if let Some(word) = directives.find(|word| !is_directive(word)) {
            return Err(format!(
                "`{word}` is neither a level (off, error, warn, info, debug, trace) nor target=level"
            ));
        }
        EnvFilter::builder()
            .parse(&level)
            .map_err(|error| error.to_string())
    }
}

fn is_directive(word: &str) -> bool {
    const LEVELS: [&str; 6] = ["off", "error", "warn", "info", "debug", "trace"];
    word.contains('=') || LEVELS.iter().any(|level| level.eq_ignore_ascii_case(word))
}

impl Check for LogConfig {
    fn check(&self, problems: &mut Problems) {
        if let Err(message) = self.filter() {
            problems.add("log.level", message);
        }
    }
}

/// Sends the events of this process to standard error. Only the first call counts: tests may repeat it.
///
/// # Errors
///
/// When `level` is not a filter, naming `log.level`.
pub fn init(config: &LogConfig) -> Result<(), ConfigError> {
    let filter = config
        .filter()
        .map_err(|message| ConfigError::new("log.level", message))?;
    let subscriber = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(io::stderr);
    // An error means that a subscriber stands already.
    let _ = match config.format {
        LogFormat::Human => subscriber
            .with_ansi(io::stderr().is_terminal())
            .finish()
            .try_init(),
        LogFormat::Json => subscriber
            .json()
            .flatten_event(true)
            .with_current_span(false)
            .finish()
            .try_init(),
    };
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with_level(level: &str) -> LogConfig {
        LogConfig {
            level: level.to_owned(),
            ..LogConfig::default()
        }
    }

    #[test]
    fn takes_levels_and_directives() {
        for level in ["info", "WARN", "info, warren_edge=debug", "off,lapin=error"] {
            assert!(with_level(level).filter().is_ok(), "{level}");
        }
    }

    #[test]
    fn refuses_a_mistyped_level() {
        for level in ["", "debg", "info,wran", "warren_edge=loud"] {
            let error = init(&with_level(level)).unwrap_err();
            assert!(error.to_string().contains("WARREN__LOG__LEVEL"), "{error}");
        }
    }

    #[test]
    fn may_be_started_twice() {
        for format in [LogFormat::Json, LogFormat::Human] {
            init(&LogConfig {
                format,
                ..LogConfig::default()
            })
            .unwrap();
        }
    }
}
