//! Records: members in any order, fields in the order of the schema.
//!
//! Members are written as they come. As long as they keep the schema's order nothing else happens; a gap whose fields all
//! have defaults is filled with one copy. Otherwise the fields are put in order when the object ends, from a copy of what
//! was written.

use super::super::UnknownFields;
use super::{Run, Written};
use crate::codec::ViolationKind;
use crate::codec::fault::{Fault, Faults};
use crate::codec::json::Text;
use crate::schema::avro::{NodeId, RecordPlan};

/// Where a field stands in the output, counted from the start of the record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Span {
    /// Not yet there.
    Absent,
    /// Its default was written in its place, for the text has passed it by.
    Defaulted,
    /// Here.
    Written(usize, usize),
}

/// How far an object has come.
struct Progress {
    /// The first of this record's spans.
    frame: usize,
    /// Where the record starts in the output.
    start: usize,
    /// The field that is due if the order of the schema is kept.
    due: usize,
    /// Whether everything written so far stands where it belongs.
    ordered: bool,
    /// What is wrong with its members so far.
    faults: Faults,
}

impl Run<'_> {
    pub(super) fn object(&mut self, id: NodeId, record: &RecordPlan, depth: u32) -> Written {
        if !self.cursor.eat(b'{') {
            return Err(self.mismatch(id, depth));
        }
        let depth = depth + 1;
        self.limits.check_depth(depth)?;
        let frame = self.scratch.spans.len();
        self.scratch.spans.resize(frame + record.fields.len(), Span::Absent);
        let mut progress = Progress { frame, start: self.written(), due: 0, ordered: true, faults: Faults::default() };
        self.cursor.skip_space();
        if !self.cursor.eat(b'}') {
            loop {
                self.member(record, &mut progress, depth)?;
                if !self.cursor.next_or(b'}')? {
                    break;
                }
            }
        }
        self.finish(record, progress)?;
        self.scratch.spans.truncate(frame);
        Ok(())
    }

    #[inline]
    fn member(&mut self, record: &RecordPlan, progress: &mut Progress, depth: u32) -> Written {
        let due = record.fields.get(progress.due);
        let index = if due.is_some_and(|field| self.cursor.eat_text(field.key.as_bytes())) {
            progress.due
        } else {
            let key = self.cursor.key()?;
            // A name that is no text, because of a lone surrogate in it, is none of the schema's.
            match key.unescaped(&mut self.scratch.text).ok().and_then(|name| record.find(name)) {
                Some(index) => index,
                None => return self.unknown(record, &mut progress.faults, key, depth),
            }
        };
        let field = &record.fields[index];
        self.cursor.skip_space();
        let departed =
            if index != progress.due || !progress.ordered { self.depart(progress, record, index) } else { Ok(()) };
        let (mark, start) = (self.mark(), self.written());
        if let Err(fault) = departed.and_then(|()| self.value(field.node, depth)) {
            self.go_on(&mut progress.faults, fault, (mark, depth), |fault| fault.in_field(&field.name))?;
        }
        self.scratch.spans[progress.frame + index] = Span::Written(start, self.written());
        progress.due = index + 1;
        Ok(())
    }

    /// Another field comes than the one that was due.
    fn depart(&mut self, progress: &mut Progress, record: &RecordPlan, index: usize) -> Written {
        let Progress { frame, due, .. } = *progress;
        match self.scratch.spans[frame + index] {
            Span::Written(..) => {
                return Err(Fault::new(ViolationKind::Duplicate, "each member once", "a duplicate"));
            }
            Span::Defaulted => progress.ordered = false,
            Span::Absent if !progress.ordered => {}
            // In order so far, so all before `due` is there and `index` lies behind it.
            Span::Absent => match record.defaults(due, index) {
                Some(defaults) => {
                    self.out.extend_from_slice(defaults);
                    self.scratch.spans[frame + due..frame + index].fill(Span::Defaulted);
                }
                None => progress.ordered = false,
            },
        }
        Ok(())
    }

    fn unknown(&mut self, record: &RecordPlan, faults: &mut Faults, key: Text<'_>, depth: u32) -> Written {
        key.check()?;
        self.cursor.skip_space();
        match self.options.unknown_fields {
            UnknownFields::Ignore => {
                let passed = self.cursor.skip_value(self.limits, depth, &mut self.scratch.nesting);
                passed.or_else(|fault| faults.add(fault))
            }
            UnknownFields::Reject => {
                let name = key.unescaped(&mut self.scratch.text).unwrap_or_else(|_| key.raw());
                let name = String::from_utf8_lossy(name).into_owned();
                let expected = format!("a field of record {}", record.name);
                let fault = Fault::new(ViolationKind::Unknown, expected, "an unknown member");
                self.go_on(faults, fault, (self.mark(), depth), |fault| fault.in_key(&*name))
            }
        }
    }

    /// The object is over: what has not come takes its default.
    fn finish(&mut self, record: &RecordPlan, mut progress: Progress) -> Written {
        if progress.ordered
            && progress.faults.is_empty()
            && let Some(defaults) = record.defaults(progress.due, record.fields.len())
        {
            self.out.extend_from_slice(defaults);
            return self.check_written();
        }
        let start = self.base + progress.start;
        self.scratch.fields.clear();
        self.scratch.fields.extend_from_slice(&self.out[start..]);
        self.out.truncate(start);
        for (index, span) in self.scratch.spans[progress.frame..].iter().enumerate() {
            match (span, record.defaults(index, index + 1)) {
                (Span::Written(from, to), _) => {
                    let bytes = &self.scratch.fields[from - progress.start..to - progress.start];
                    self.out.extend_from_slice(bytes);
                }
                (_, Some(default)) => self.out.extend_from_slice(default),
                (_, None) => {
                    let field = &record.fields[index];
                    let expected = self.plan.describe(field.node);
                    let found = "nothing: the field is missing and has no default";
                    let fault = Fault::new(ViolationKind::Missing, expected, found);
                    progress.faults.add(fault.in_field(&field.name))?;
                }
            }
        }
        progress.faults.end()?;
        self.check_written()
    }

    /// A few bytes of text can take large defaults, so what is written has a limit too.
    fn check_written(&self) -> Written {
        self.limits.check_record(self.written())
    }
}
