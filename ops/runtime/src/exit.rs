//! Exit codes: what a process manager or a script can act on.

use std::error::Error;
use std::io::{self, Write};
use std::process::ExitCode;

use crate::config::ConfigError;

/// The configuration is wrong: starting again will not help (`EX_CONFIG` of sysexits.h).
pub const CONFIG: i32 = 78;
/// Anything else: starting again may help.
pub const FAILURE: i32 = 1;

/// Prints an error with the chain of its causes to standard error and gives the code to exit with:
/// [`CONFIG`] when a [`ConfigError`] is in the chain, else [`FAILURE`].
#[must_use]
pub fn report(error: &(dyn Error + 'static)) -> ExitCode {
    // Nothing is left to do when standard error is gone.
    let _ = writeln!(io::stderr().lock(), "{}", describe(error));
    let is_config = chain(error).any(|cause| cause.is::<ConfigError>());
    // Both constants fit a u8.
    ExitCode::from(if is_config {
        CONFIG as u8
    } else {
        FAILURE as u8
    })
}

/// `error: what, then one line per cause`; a cause that its error repeats is left out.
fn describe(error: &(dyn Error + 'static)) -> String {
    let mut text = format!("error: {error}");
    for cause in chain(error).skip(1).map(ToString::to_string) {
        if !text.ends_with(&cause) {
            text.push_str("\n  caused by: ");
            text.push_str(&cause);
        }
    }
    text
}

/// The error and its causes, outermost first.
fn chain<'a>(error: &'a (dyn Error + 'static)) -> impl Iterator<Item = &'a (dyn Error + 'static)> {
    std::iter::successors(Some(error), |&error| error.source())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, thiserror::Error)]
    #[error("cannot start")]
    struct Start<E: Error + 'static>(#[source] E);

    #[test]
    fn names_every_cause_once() {
        let error = Start(Start(io::Error::other("disk full")));
        assert_eq!(
            describe(&error),
            "error: cannot start\n  caused by: disk full"
        );
    }

    #[test]
    fn a_configuration_mistake_anywhere_in_the_chain_exits_with_78() {
        let error = Start(ConfigError::new("edge.listen", "is taken"));
        assert_eq!(report(&error), ExitCode::from(78));
        assert_eq!(report(&io::Error::other("x")), ExitCode::from(1));
    }
}
