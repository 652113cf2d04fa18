//! The schedule of faults: a TOML file, or one fault from the command line.

use std::path::Path;

use serde::Deserialize;

use crate::error::BenchError;

/// One fault: a command that starts it, a duration, a command that ends it.
#[derive(Clone, Debug, Deserialize, PartialEq)]
#[serde(deny_unknown_fields)]
pub(crate) struct Fault {
    /// Name in the report.
    pub(crate) name: String,
    /// Starts this many seconds after the load began (at once if that is past).
    #[serde(default)]
    pub(crate) at: Option<f64>,
    /// Starts this many seconds after service resumed from the fault before (or after the load began). Default 5.
    #[serde(default)]
    pub(crate) after: Option<f64>,
    /// Shell command that starts the fault.
    pub(crate) start: String,
    /// Shell command that ends it. Without one the fault is over as soon as `start` is done and `duration` has passed.
    #[serde(default)]
    pub(crate) end: Option<String>,
    /// Seconds between the two.
    #[serde(default)]
    pub(crate) duration: f64,
    /// Service must resume within this many seconds of the fault's end; the flag --resume-within if not given.
    #[serde(default)]
    pub(crate) resume_within: Option<f64>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Schedule {
    #[serde(default)]
    fault: Vec<Fault>,
}

/// Reads a schedule file.
pub(crate) fn read(path: &Path) -> Result<Vec<Fault>, BenchError> {
    let usage = |why: String| BenchError::Usage(format!("--faults {}: {why}", path.display()));
    let text = std::fs::read_to_string(path).map_err(|error| usage(error.to_string()))?;
    parse(&text).map_err(usage)
}

/// Reads a schedule; the message names the fault and the field.
pub(crate) fn parse(text: &str) -> Result<Vec<Fault>, String> {
    let schedule: Schedule = toml::from_str(text).map_err(|error| error.to_string())?;
    for fault in &schedule.fault {
        fault
            .check()
            .map_err(|why| format!("fault \"{}\": {why}", fault.name))?;
    }
    match schedule.fault.is_empty() {
        true => Err("there is no [[fault]] in it".to_owned()),
        false => Ok(schedule.fault),
    }
}

impl Fault {
    fn check(&self) -> Result<(), String> {
        if self.at.is_some() && self.after.is_some() {
            return Err("give `at` or `after`, not both".to_owned());
        }
        if self.start.trim().is_empty() {
            return Err("`start` is empty".to_owned());
        }
        let times = [
            ("at", self.at),
            ("after", self.after),
            ("duration", Some(self.duration)),
            ("resume_within", self.resume_within),
        ];
        for (field, value) in times {
            if value.is_some_and(|value| !(0.0..=86_400.0).contains(&value)) {
                return Err(format!("`{field}` is not between 0 and 86400 seconds"));
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_schedule_lists_its_faults_in_order() {
        let faults = parse(
            r#"
            [[fault]]
            name = "chat worker killed"
            after = 5
            start = "kill -9 1"
            end = "./start"

            [[fault]]
            name = "MongoDB stopped"
            at = 60.5
            duration = 20
            start = "a"
            resume_within = 15
            "#,
        )
        .unwrap();
        assert_eq!(faults.len(), 2);
        assert_eq!(faults[0].end.as_deref(), Some("./start"));
        assert_eq!((faults[0].after, faults[0].duration), (Some(5.0), 0.0));
        assert_eq!(
            (faults[1].at, faults[1].duration, faults[1].resume_within),
            (Some(60.5), 20.0, Some(15.0))
        );
    }

    #[test]
    fn the_schedules_that_come_with_it_are_sound() {
        assert_eq!(
            parse(include_str!("../../faults/full.toml")).unwrap().len(),
            8
        );
        assert!(parse(include_str!("../../faults/short.toml")).is_ok());
    }

    #[test]
    fn mistakes_are_named() {
        for (text, part) in [
            ("", "no [[fault]]"),
            ("[[fault]]\nname = \"x\"", "start"),
            (
                "[[fault]]\nname = \"x\"\nstart = \" \"",
                "fault \"x\": `start` is empty",
            ),
            (
                "[[fault]]\nname = \"x\"\nstart = \"a\"\nat = 1\nafter = 1",
                "not both",
            ),
            (
                "[[fault]]\nname = \"x\"\nstart = \"a\"\nduration = -1",
                "`duration`",
            ),
            (
                "[[fault]]\nname = \"x\"\nstart = \"a\"\nafter = nan",
                "`after`",
            ),
            (
                "[[fault]]\nname = \"x\"\nstart = \"a\"\nlenght = 1",
                "lenght",
            ),
        ] {
            let message = parse(text).unwrap_err();
            assert!(message.contains(part), "{message}");
        }
    }
}
