//! Lists and maps.

use super::{Run, Written, scalar};
use crate::codec::ViolationKind;
use crate::codec::fault::{Fault, Faults};
use crate::schema::protobuf::plan::{Field, Scalar, Type};

/// A key of a map that is open.
#[derive(Debug)]
pub(super) struct MapKey {
    /// Where it stands in the output.
    start: usize,
    end: usize,
    /// Where it stands in the text.
    pos: usize,
}

impl Run<'_> {
    pub(super) fn repeated(&mut self, field: &Field, packed: bool, depth: u32) -> Written {
        if !self.cursor.eat(b'[') {
            return Err(self.not_a("list of ", field.ty, depth));
        }
        self.limits.check_depth(depth + 1)?;
        self.cursor.skip_space();
        if self.cursor.eat(b']') {
            return Ok(());
        }
        let start = packed.then(|| {
            self.tag(field.number, 2);
            self.open()
        });
        let (mut count, mut faults) = (0, Faults::default());
        loop {
            self.limits.check_items(count + 1).or_else(|fault| faults.add(fault))?;
            let mark = self.mark();
            let written = match start {
                Some(_) => self.value(field.ty, depth + 1),
                None => self.tagged(field.number, field.ty, depth + 1),
            };
            if let Err(fault) = written {
                self.go_on(&mut faults, fault, (mark, depth + 1), |fault| fault.in_item(count))?;
            }
            count += 1;
            if !self.cursor.next_or(b']')? {
                break;
            }
        }
        if let Some(start) = start {
            self.close(start);
        }
        faults.end()
    }

    pub(super) fn map(&mut self, field: &Field, key: Scalar, depth: u32) -> Written {
        if !self.cursor.eat(b'{') {
            return Err(self.not_a("map of ", field.ty, depth));
        }
        self.limits.check_depth(depth + 1)?;
        self.cursor.skip_space();
        if self.cursor.eat(b'}') {
            return Ok(());
        }
        let frame = self.scratch.keys.len();
        let (mut count, mut faults) = (0, Faults::default());
        loop {
            count += 1;
            self.limits.check_items(count).or_else(|fault| faults.add(fault))?;
            self.entry(field, key, &mut faults, depth + 1)?;
            if !self.cursor.next_or(b'}')? {
                break;
            }
        }
        self.check_keys(frame).or_else(|fault| faults.add(fault))?;
        faults.end()
    }

    /// An entry is a message of two fields.
    fn entry(&mut self, field: &Field, key: Scalar, faults: &mut Faults, depth: u32) -> Written {
        let entry = self.out.len();
        self.tag(field.number, 2);
        let start = self.open();
        self.tag(1, key.wire());
        let key_start = self.out.len();
        let pos = self.cursor.pos();
        if self.cursor.peek() != Some(b'"') {
            return Err(self.cursor.syntax("a member's name in quotes"));
        }
        let name = self.cursor.text(&mut self.scratch.text)?;
        self.limits.check_string(name.len()).or_else(|fault| faults.add(fault))?;
        let written = scalar::key(key, name, self.out);
        let key_end = self.out.len();
        self.cursor.colon()?;
        self.cursor.skip_space();
        let mark = self.mark();
        let value = if written.is_ok() {
            self.tagged(2, field.ty, depth)
        } else {
            let expected = format!("{} as a key", self.plan.describe(Type::Scalar(key)));
            Err(Fault::new(ViolationKind::Value, expected, "another text"))
        };
        if let Err(fault) = value {
            let name = self.name_at(pos);
            self.out.truncate(entry);
            return self.go_on(faults, fault, (mark, depth), |fault| fault.in_key(&*name));
        }
        let moved = self.close(start);
        self.scratch.keys.push(MapKey { start: key_start + moved, end: key_end + moved, pos });
        Ok(())
    }

    /// The name of the member at `pos`, which has been read before.
    #[cold]
    fn name_at(&mut self, pos: usize) -> String {
        let end = self.cursor.pos();
        self.cursor.rewind(pos);
        let name = self.cursor.text(&mut self.scratch.text).unwrap_or_default();
        let name = String::from_utf8_lossy(name).into_owned();
        self.cursor.rewind(end);
        name
    }

    /// No two keys of a map may be the same. Those of the map, the last ones, are forgotten.
    fn check_keys(&mut self, frame: usize) -> Written {
        let out = &*self.out;
        let bytes = |key: &MapKey| out.get(key.start..key.end).unwrap_or_default();
        let keys = self.scratch.keys.get_mut(frame..).unwrap_or_default();
        if keys.len() > 1 {
            keys.sort_unstable_by(|a, b| bytes(a).cmp(bytes(b)).then(a.pos.cmp(&b.pos)));
        }
        let twice = keys.windows(2).find_map(|pair| match pair {
            [a, b] if bytes(a) == bytes(b) => Some(b.pos),
            _ => None,
        });
        if let Some(pos) = twice {
            let fault = Fault::new(ViolationKind::Duplicate, "each key of the map once", "a duplicate");
            return Err(fault.in_key(self.name_at(pos)));
        }
        self.scratch.keys.truncate(frame);
        Ok(())
    }

    #[cold]
    fn not_a(&mut self, what: &str, ty: Type, depth: u32) -> Fault {
        match self.cursor.found(self.limits, depth, &mut self.scratch.nesting) {
            Ok(found) => Fault::new(ViolationKind::Type, format!("{what}{}", self.plan.describe(ty)), found).passed(),
            Err(syntax) => syntax,
        }
    }
}
