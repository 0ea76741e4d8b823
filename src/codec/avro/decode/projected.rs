//! Data of a writer's schema as the JSON of a reader's: the ordinary decoder, led by a [`Projection`].
//!
//! What both sides write alike is left to the plan of the reader. A default is Avro of the reader's schema, and is printed
//! as such.

use super::{Decoder, Fault, JsonMode, Run, ViolationKind, Written, write_string};
use crate::codec::CodecError;
use crate::schema::avro::{BranchPair, NodeId, Pair, PairId, Projection, Promotion, RecordPair, Step, SymbolsPair};

impl Decoder {
    /// Like [`decode`](Self::decode), for a `datum` of the projection's writer: appends the JSON text of what its reader
    /// makes of it.
    pub fn decode_as(&mut self, projection: &Projection, datum: &[u8], out: &mut Vec<u8>) -> Result<(), CodecError> {
        self.undo_on_error(out, |decoder, out| {
            decoder.limits.check_record(datum.len())?;
            let mut run = decoder.run(projection.reader(), datum, out);
            run.project(projection, projection.root(), 0)?;
            run.end()
        })
    }

    /// Like [`decode_first`](Self::decode_first), for `data` of the projection's writer.
    pub fn decode_first_as(
        &mut self,
        projection: &Projection,
        data: &[u8],
        out: &mut Vec<u8>,
    ) -> Result<usize, CodecError> {
        self.undo_on_error(out, |decoder, out| {
            let mut run = decoder.run(projection.reader(), data, out);
            run.project(projection, projection.root(), 0)?;
            Ok(run.pos)
        })
    }
}

impl<'a> Run<'a> {
    /// Writes what becomes of the value that comes. `depth` levels are open around it.
    pub(super) fn project(&mut self, projection: &'a Projection, id: PairId, depth: u32) -> Written {
        match projection.pair(id) {
            Pair::Same(node) => self.value(*node, depth),
            Pair::Promoted(promotion, node) => self.promoted(*promotion, *node, depth),
            Pair::Symbols(symbols) => self.symbol_as(symbols),
            Pair::Array(items) => self.array(depth, |run, depth| run.project(projection, *items, depth)),
            Pair::Map(values) => self.map(depth, |run, depth| run.project(projection, *values, depth)),
            Pair::Record(record) => self.record_as(projection, record, depth),
            Pair::FromUnion(branches) => {
                let branch = self.pick(branches, "the number of a branch of the writer's union")?;
                self.project(projection, *branch, depth)
            }
            Pair::IntoUnion(branch) => self.branch_as(projection, branch, depth),
            Pair::Never(mismatch) => {
                Err(Fault::new(ViolationKind::Type, mismatch.expected.as_str(), mismatch.found.as_str()))
            }
        }
    }

    /// Reads the number of one of `choices`.
    pub(super) fn pick<'c, T>(&mut self, choices: &'c [T], expected: &str) -> Result<&'c T, Fault> {
        let start = self.pos;
        let number = self.varint(expected)?;
        if let Some(choice) = usize::try_from(number).ok().and_then(|number| choices.get(number)) {
            return Ok(choice);
        }
        self.pos = start;
        Err(self.malformed(expected, &format!("{number} of {}", choices.len())))
    }

    fn promoted(&mut self, promotion: Promotion, node: NodeId, depth: u32) -> Written {
        let start = self.pos;
        match promotion {
            Promotion::IntToLong => {
                self.int_value()?;
                self.pos = start;
                self.value(node, depth)?;
            }
            Promotion::IntToFloat | Promotion::LongToFloat => {
                let value = if promotion == Promotion::IntToFloat { self.int_value()? } else { self.varint("long")? };
                #[expect(clippy::cast_precision_loss, reason = "the nearest float is what the promotion means")]
                self.print_float(value as f32);
            }
            Promotion::IntToDouble | Promotion::LongToDouble => {
                let value = if promotion == Promotion::IntToDouble { self.int_value()? } else { self.varint("long")? };
                #[expect(clippy::cast_precision_loss, reason = "the nearest double is what the promotion means")]
                self.print_double(value as f64);
            }
            Promotion::FloatToDouble => {
                let value = f32::from_le_bytes(self.array_of("float")?);
                self.print_double(f64::from(value));
            }
            Promotion::StringToBytes => {
                self.text("string")?;
                self.pos = start;
                self.value(node, depth)?;
            }
            Promotion::BytesToString => {
                let bytes = self.counted("bytes")?;
                if simdutf8::basic::from_utf8(bytes).is_err() {
                    return Err(Fault::new(ViolationKind::Value, "string", "bytes that are not UTF-8"));
                }
                self.pos = start;
                self.value(node, depth)?;
            }
        }
        Ok(())
    }

    fn symbol_as(&mut self, pair: &SymbolsPair) -> Written {
        match self.pick(&pair.symbols, "the number of a symbol of the writer's enum")? {
            Ok(symbol) => {
                // Symbols are letters, digits and underscores.
                self.out.push(b'"');
                self.out.extend_from_slice(symbol.as_bytes());
                self.out.push(b'"');
                Ok(())
            }
            Err(unknown) => {
                let expected = format!("a symbol of enum {}, which has no default", pair.name);
                Err(Fault::new(ViolationKind::Value, expected, format!("symbol {unknown}")))
            }
        }
    }

    fn branch_as(&mut self, projection: &'a Projection, branch: &BranchPair, depth: u32) -> Written {
        let tag = match &branch.tag {
            Some(tag) if self.options.mode == JsonMode::Avro => tag,
            _ => return self.project(projection, branch.value, depth),
        };
        self.out.push(b'{');
        write_string(tag.as_bytes(), self.out);
        self.out.push(b':');
        self.project(projection, branch.value, depth).map_err(|fault| fault.in_key(&**tag))?;
        self.out.push(b'}');
        Ok(())
    }

    fn record_as(&mut self, projection: &'a Projection, record: &'a RecordPair, depth: u32) -> Written {
        let depth = depth + 1;
        self.limits.check_depth(depth)?;
        self.out.push(b'{');
        let (start, frame) = (self.out.len(), self.members.len());
        for step in &record.steps {
            let begin = self.out.len();
            match step {
                Step::Skip(name, id) => {
                    self.skip(projection, *id, depth).map_err(|fault| fault.in_field(name))?;
                    continue;
                }
                Step::Read(member, value) => {
                    self.out.extend_from_slice(&member.key);
                    self.project(projection, *value, depth).map_err(|fault| fault.in_field(&member.name))?;
                }
                Step::Default(member, node, bytes) => {
                    self.out.extend_from_slice(&member.key);
                    self.default(bytes, *node, depth).map_err(|fault| fault.in_field(&member.name))?;
                }
            }
            self.out.push(b',');
            if record.order.is_some() {
                self.members.push((begin, self.out.len()));
            }
        }
        if let Some(order) = &record.order {
            self.put_in_order(start, frame, order);
        }
        if self.out.len() > start {
            self.out.pop();
        }
        self.out.push(b'}');
        // A schema can make much text of few bytes.
        self.limits.check_record(self.out.len() - self.base)
    }

    /// Writes a value that is not in the datum.
    fn default(&mut self, bytes: &'a [u8], node: NodeId, depth: u32) -> Written {
        let (datum, pos) = (std::mem::replace(&mut self.datum, bytes), std::mem::replace(&mut self.pos, 0));
        let result = self.value(node, depth);
        (self.datum, self.pos) = (datum, pos);
        result?;
        self.limits.check_record(self.out.len() - self.base)
    }

    /// Puts the members of a record, which begin at `start` of the output and are listed from `frame` on, in the reader's
    /// order: behind what is there, and then over it.
    fn put_in_order(&mut self, start: usize, frame: usize, order: &[usize]) {
        let end = self.out.len();
        for turn in order {
            if let Some(&(from, to)) = self.members.get(frame + turn) {
                self.out.extend_from_within(from..to);
            }
        }
        self.out.copy_within(end.., start);
        self.out.truncate(end);
        self.members.truncate(frame);
    }
}

#[cfg(test)]
mod tests;
