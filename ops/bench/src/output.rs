//! Progress on stderr, results on stdout.

use std::fmt::Write as _;
use std::io::Write as _;

use serde::Serialize;

use crate::stats::latency::LatencyMs;
use crate::system::targets::ProcessFigures;

/// One line on stderr. A closed stderr is no reason to end a run.
pub(crate) fn message(text: &str) {
    let _ = writeln!(std::io::stderr().lock(), "{text}");
}

/// A result that can be shown both ways.
pub(crate) trait Report: Serialize {
    /// The table for people.
    fn table(&self) -> Table;
}

/// Prints the result on stdout.
pub(crate) fn print(report: &impl Report, json: bool) {
    let text = if json {
        serde_json::to_string_pretty(report)
            .unwrap_or_else(|error| format!("{{\"error\":\"{error}\"}}"))
    } else {
        report.table().0
    };
    let _ = writeln!(std::io::stdout().lock(), "{text}");
}

/// Text of a result: rows of a label and a value, and blocks with columns.
#[derive(Debug, Default)]
pub(crate) struct Table(String);

impl Table {
    /// A heading.
    pub(crate) fn heading(&mut self, text: &str) -> &mut Self {
        let _ = write!(self.0, "\n{text}\n");
        self
    }

    /// A label with its value.
    pub(crate) fn row(&mut self, label: &str, value: impl std::fmt::Display) -> &mut Self {
        let _ = writeln!(self.0, "  {label:<34} {value}");
        self
    }

    /// Columns: the first to the left, the others to the right.
    pub(crate) fn columns(&mut self, heads: &[&str], rows: &[Vec<String>]) -> &mut Self {
        let heads: Vec<String> = heads.iter().map(|head| (*head).to_owned()).collect();
        let width = |column: usize| {
            let cells = rows
                .iter()
                .chain([&heads])
                .filter_map(|row| row.get(column));
            cells.map(|cell| cell.chars().count()).max().unwrap_or(0)
        };
        let widths: Vec<usize> = (0..heads.len()).map(width).collect();
        for row in std::iter::once(&heads).chain(rows) {
            let mut line = String::from(" ");
            for (column, (cell, width)) in row.iter().zip(&widths).enumerate() {
                let _ = match column {
                    0 => write!(line, " {cell:<width$}"),
                    _ => write!(line, "  {cell:>width$}"),
                };
            }
            let _ = writeln!(self.0, "{}", line.trim_end());
        }
        self
    }

    /// Latencies by name.
    pub(crate) fn latencies(&mut self, rows: &[(&str, LatencyMs)]) -> &mut Self {
        let rows: Vec<Vec<String>> = rows
            .iter()
            .map(|(name, figures)| {
                let values = [figures.p50, figures.p95, figures.p99, figures.max];
                std::iter::once((*name).to_owned())
                    .chain(values.map(|value| format!("{value:.1}")))
                    .collect()
            })
            .collect();
        self.columns(&["latency, ms", "p50", "p95", "p99", "max"], &rows)
    }

    /// CPU and memory by process.
    pub(crate) fn processes(&mut self, processes: &[ProcessFigures]) -> &mut Self {
        let rows: Vec<Vec<String>> = processes
            .iter()
            .map(|process| {
                vec![
                    process.name.clone(),
                    format!("{:.2}", process.cpu_seconds),
                    format!("{:.0} %", process.cpu_percent),
                    bytes(process.rss_bytes),
                ]
            })
            .collect();
        self.columns(&["process", "CPU seconds", "of a core", "RSS"], &rows)
    }
}

/// A count with separators: 12,345.
pub(crate) fn count(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// A count per second.
#[expect(
    clippy::cast_precision_loss,
    reason = "counts of a run stay far below 2^52"
)]
pub(crate) fn per_second(number: u64, seconds: f64) -> f64 {
    number as f64 / seconds
}

/// A rate for people.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "rates are positive and small"
)]
pub(crate) fn rate(per_second: f64) -> String {
    format!("{}/s", count(per_second.round() as u64))
}

/// A size for people, in units of 1,000.
#[expect(clippy::cast_precision_loss, reason = "three digits are shown")]
pub(crate) fn bytes(number: u64) -> String {
    match number {
        0..1_000 => format!("{number} B"),
        1_000..1_000_000 => format!("{:.1} kB", number as f64 / 1e3),
        1_000_000..1_000_000_000 => format!("{:.1} MB", number as f64 / 1e6),
        _ => format!("{:.2} GB", number as f64 / 1e9),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_readable() {
        assert_eq!(count(0), "0");
        assert_eq!(count(1234), "1,234");
        assert_eq!(count(1_234_567), "1,234,567");
        assert_eq!(rate(4999.6), "5,000/s");
        assert_eq!(bytes(9_876), "9.9 kB");
    }

    #[test]
    fn columns_line_up() {
        let mut table = Table::default();
        table.columns(
            &["a", "value"],
            &[vec!["long name".to_owned(), "1".to_owned()]],
        );
        assert_eq!(table.0, "  a          value\n  long name      1\n");
    }
}
