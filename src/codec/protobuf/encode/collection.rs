//! Lists and maps.

use std::collections::HashSet;

use super::{Run, Written};
use crate::codec::ViolationKind;
use crate::codec::fault::Fault;
use crate::schema::protobuf::plan::{Field, Scalar, Type};

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
        let mut count = 0;
        loop {
            self.limits.check_items(count + 1)?;
            let written = match start {
                Some(_) => self.value(field.ty, depth + 1),
                None => self.tagged(field.number, field.ty, depth + 1),
            };
            written.map_err(|fault| fault.in_item(count))?;
            count += 1;
            if !self.cursor.next_or(b']')? {
                break;
            }
        }
        if let Some(start) = start {
            self.close(start);
        }
        Ok(())
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
        let mut keys = HashSet::new();
        let mut count = 0;
        loop {
            count += 1;
            self.limits.check_items(count)?;
            self.entry(field, key, &mut keys, depth + 1)?;
            if !self.cursor.next_or(b'}')? {
                return Ok(());
            }
        }
    }

    /// An entry is a message of two fields.
    fn entry(&mut self, field: &Field, key: Scalar, keys: &mut HashSet<Vec<u8>>, depth: u32) -> Written {
        self.tag(field.number, 2);
        let start = self.open();
        self.tag(1, key.wire());
        let key_start = self.out.len();
        let name = self.cursor.key()?;
        let name = name.unescaped(&mut self.scratch.text)?.to_vec();
        let shown = || String::from_utf8_lossy(&name).into_owned();
        self.key(key, &name).map_err(|fault| fault.in_key(shown()))?;
        if !keys.insert(self.out.get(key_start..).unwrap_or_default().to_vec()) {
            let fault = Fault::new(ViolationKind::Duplicate, "each key of the map once", "a duplicate");
            return Err(fault.in_key(shown()));
        }
        self.cursor.skip_space();
        self.tagged(2, field.ty, depth).map_err(|fault| fault.in_key(shown()))?;
        self.close(start);
        Ok(())
    }

    #[cold]
    fn not_a(&mut self, what: &str, ty: Type, depth: u32) -> Fault {
        match self.cursor.found(self.limits, depth, &mut self.scratch.nesting) {
            Ok(found) => Fault::new(ViolationKind::Type, format!("{what}{}", self.plan.describe(ty)), found),
            Err(syntax) => syntax,
        }
    }
}
