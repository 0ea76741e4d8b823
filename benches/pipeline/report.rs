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

/// The medians of a row.
struct Medians {
    /// User and system time of a record, in microseconds.
    cpu: f64,
    /// Records a second.
    rate: f64,
    /// In bytes.
    peak_memory: f64,
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

    fn medians(&self, contestant: Contestant) -> Option<Medians> {
        let row = self.rows.iter().find(|row| row.contestant == contestant)?;
        let records = self.records as f64;
        let cpu = |run: &Run| micros(run.usage.cpu.saturating_sub(row.start.cpu)) / records;
        Some(Medians {
            cpu: median(row.runs.iter().map(cpu))?,
            rate: median(row.runs.iter().map(|run| run.rate))?,
            peak_memory: median(row.runs.iter().map(|run| run.usage.peak_memory as f64))?,
        })
    }
}

fn micros(time: Duration) -> f64 {
    time.as_secs_f64() * 1e6
}

/// The middle value, or the mean of the two in the middle.
fn median(values: impl Iterator<Item = f64>) -> Option<f64> {
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
        let serdecar = self.medians(Contestant::Serdecar);
        for Row { contestant, .. } in &self.rows {
            let Some(Medians { cpu, rate, peak_memory }) = self.medians(*contestant) else { continue };
            let floor = self.medians(contestant.floor()).map_or(f64::NAN, |floor| cpu / floor.cpu);
            let ours = match (&serdecar, contestant.floor()) {
                (Some(serdecar), Contestant::Floor) => format!("{:.2}", cpu / serdecar.cpu),
                _ => String::new(),
            };
            let (rate, peak) = (rate / 1e3, peak_memory / 1e6);
            write!(f, "\n| {} | {cpu:.2} | {floor:.2} | {ours} | {rate:.0} k | {peak:.0} |", contestant.title())?;
        }
        Ok(())
    }
}
