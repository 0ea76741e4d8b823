//! The table.

use std::fmt;
use std::time::Duration;

use super::contestants::Contestant;
use super::ground::Run;
use super::measure::Usage;
use super::orders::JSON_BYTES;

/// What all runs of all contestants came to; prints as a table in Markdown.
pub(crate) struct Report {
    records: u64,
    avro_bytes: usize,
    rows: Vec<Row>,
}

struct Row {
    contestant: Contestant,
    /// What starting costs: a constant that is no part of the costs of a record.
    start: Usage,
    runs: Vec<Run>,
}

impl Report {
    pub(crate) fn new(records: u64, avro_bytes: usize) -> Self {
        Self { records, avro_bytes, rows: Vec::new() }
    }

    /// Opens a contestant's row.
    pub(crate) fn note_start(&mut self, contestant: Contestant, start: Usage) {
        self.rows.push(Row { contestant, start, runs: Vec::new() });
    }

    pub(crate) fn note_run(&mut self, contestant: Contestant, run: Run) {
        let row = self.rows.iter_mut().find(|row| row.contestant == contestant);
        row.expect("a row is opened before its first run").runs.push(run);
    }

    /// User and system time of a record in each run, in microseconds.
    fn cpu(&self, contestant: Contestant) -> impl Iterator<Item = f64> {
        let row = self.rows.iter().find(move |row| row.contestant == contestant);
        let cost = |row: &Row, run: &Run| micros(run.usage.cpu.saturating_sub(row.start.cpu)) / self.records as f64;
        row.into_iter().flat_map(move |row| row.runs.iter().map(move |run| cost(row, run)))
    }

    /// How many times the CPU time of another contestant. Runs of one round are compared, since the machine's mood
    /// changes more slowly than that.
    fn ratio(&self, contestant: Contestant, other: Contestant) -> Option<f64> {
        median(self.cpu(contestant).zip(self.cpu(other)).map(|(cpu, other)| cpu / other))
    }
}

fn micros(time: Duration) -> f64 {
    time.as_secs_f64() * 1e6
}

/// The middle value, or the mean of the two in the middle.
pub(crate) fn median(values: impl Iterator<Item = f64>) -> Option<f64> {
    let mut values: Vec<f64> = values.collect();
    values.sort_unstable_by(f64::total_cmp);
    let middle = values.len() / 2;
    let upper = *values.get(middle)?;
    Some(if values.len() % 2 == 1 { upper } else { f64::midpoint(upper, values[middle - 1]) })
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let rounds = self.rows.first().map_or(0, |row| row.runs.len());
        writeln!(
            f,
            "{} orders, {JSON_BYTES} bytes as JSON and {} as Avro; medians of {rounds} rounds\n",
            self.records, self.avro_bytes
        )?;
        writeln!(f, "| | CPU µs/record | to the least | to serdecar | records/s | peak MB |")?;
        write!(f, "|---|--:|--:|--:|--:|--:|")?;
        for Row { contestant, runs, .. } in &self.rows {
            let cpu = median(self.cpu(*contestant)).unwrap_or(f64::NAN);
            let rate = median(runs.iter().map(|run| run.rate / 1e3)).unwrap_or(f64::NAN);
            let peak = median(runs.iter().map(|run| run.usage.peak_memory as f64 / 1e6)).unwrap_or(f64::NAN);
            let to = |other| self.ratio(*contestant, other).map_or_else(String::new, |ratio| format!("{ratio:.2}"));
            let (floor, ours) = (to(contestant.floor()), to(contestant.serdecar()));
            write!(f, "\n| {} | {cpu:.2} | {floor} | {ours} | {rate:.0} k | {peak:.0} |", contestant.title())?;
        }
        Ok(())
    }
}
