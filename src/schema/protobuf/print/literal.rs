//! Texts in quotes, and the messages that options hold.

use std::fmt::Write;

use indexmap::IndexMap;
use indexmap::map::Entry;

/// How deep a message may nest that is taken apart; what is deeper stays as it was written.
const MAX_DEPTH: u32 = 64;

/// A text in quotes. Bytes that are no text are octal.
pub(super) fn quoted(text: &[u8]) -> String {
    let mut quoted = String::with_capacity(text.len() + 2);
    quoted.push('"');
    for chunk in text.utf8_chunks() {
        for char in chunk.valid().chars() {
            match char {
                '"' | '\\' => quoted.extend(['\\', char]),
                '\n' => quoted.push_str("\\n"),
                '\r' => quoted.push_str("\\r"),
                '\t' => quoted.push_str("\\t"),
                // Writing to a string never fails.
                '\0'..='\u{1f}' | '\u{7f}' => write!(quoted, "\\{:03o}", u32::from(char)).unwrap_or_default(),
                char => quoted.push(char),
            }
        }
        for byte in chunk.invalid() {
            write!(quoted, "\\{byte:03o}").unwrap_or_default();
        }
    }
    quoted.push('"');
    quoted
}

/// Items with commas between them, each in lines of its own.
pub(super) fn indented(items: &[String]) -> String {
    let indent = |item: &String| item.lines().map(|line| format!("  {line}")).collect::<Vec<_>>().join("\n");
    items.iter().map(indent).collect::<Vec<_>>().join(",\n")
}

/// The value of an option that is a message: `{a: 1, b {c: 2}}` without its braces.
pub(super) fn aggregate(text: &str) -> String {
    let mut tokens = Tokens { rest: text };
    match tokens.message(None, MAX_DEPTH) {
        Some(value) if tokens.peek().is_none() => value.print(),
        _ => format!("{{ {text} }}"),
    }
}

/// A value in the text format.
#[derive(Debug, Clone)]
enum Value {
    Plain(String),
    List(Vec<Value>),
    /// Members in the order of their first values.
    Message(IndexMap<String, Value>),
}

impl Value {
    fn print(&self) -> String {
        match self {
            Self::Plain(text) => text.clone(),
            Self::List(items) => bracketed("[", &items.iter().map(Self::print).collect::<Vec<_>>(), "]"),
            Self::Message(members) => {
                let member = |(name, value): (&String, &Self)| format!("{name}: {}", value.print());
                bracketed("{", &members.iter().map(member).collect::<Vec<_>>(), "}")
            }
        }
    }
}

fn bracketed(open: &str, items: &[String], close: &str) -> String {
    if items.is_empty() { format!("{open}\n{close}") } else { format!("{open}\n{}\n{close}", indented(items)) }
}

struct Tokens<'a> {
    rest: &'a str,
}

impl<'a> Tokens<'a> {
    fn peek(&mut self) -> Option<char> {
        self.rest = self.rest.trim_start();
        self.rest.chars().next()
    }

    fn eat(&mut self, char: char) -> bool {
        let found = self.peek() == Some(char);
        if found {
            self.rest = self.rest.strip_prefix(char).unwrap_or_default();
        }
        found
    }

    /// A word, a number, or a text in quotes.
    fn word(&mut self) -> Option<&'a str> {
        let end = match self.peek()? {
            quote @ ('"' | '\'') => {
                let mut escaped = false;
                let closes = |(_, char): &(usize, char)| {
                    let closes = *char == quote && !escaped;
                    escaped = *char == '\\' && !escaped;
                    closes
                };
                self.rest.char_indices().skip(1).find(closes).map(|(at, _)| at + 1)?
            }
            _ => self.rest.find(|c: char| c.is_whitespace() || "{}[]<>,:;\"'".contains(c)).unwrap_or(self.rest.len()),
        };
        let (word, rest) = self.rest.split_at(end);
        self.rest = rest;
        (!word.is_empty()).then_some(word)
    }

    fn message(&mut self, close: Option<char>, depth: u32) -> Option<Value> {
        let depth = depth.checked_sub(1)?;
        let mut members: IndexMap<String, Value> = IndexMap::new();
        loop {
            match close {
                Some(close) if self.eat(close) => break,
                None if self.peek().is_none() => break,
                _ => {}
            }
            let name = self.name()?;
            self.eat(':');
            let value = self.value(depth)?;
            match members.entry(name) {
                Entry::Occupied(before) => merge(before.into_mut(), value),
                Entry::Vacant(place) => drop(place.insert(value)),
            }
            if !self.eat(',') {
                self.eat(';');
            }
        }
        Some(Value::Message(members))
    }

    fn name(&mut self) -> Option<String> {
        if !self.eat('[') {
            return self.word().map(str::to_owned);
        }
        let mut name = String::from("[");
        while !self.eat(']') {
            name.push_str(self.word()?);
        }
        name.push(']');
        Some(name)
    }

    fn value(&mut self, depth: u32) -> Option<Value> {
        if self.eat('{') {
            return self.message(Some('}'), depth);
        }
        if self.eat('<') {
            return self.message(Some('>'), depth);
        }
        if self.eat('[') {
            let depth = depth.checked_sub(1)?;
            let mut items = Vec::new();
            while !self.eat(']') {
                items.push(self.value(depth)?);
                self.eat(',');
            }
            return Some(Value::List(items));
        }
        let mut plain = self.word()?.to_owned();
        if plain == "-" {
            plain.push_str(self.word()?);
        }
        // Texts that stand side by side are one.
        while plain.starts_with(['"', '\'']) && matches!(self.peek(), Some('"' | '\'')) {
            let more = self.word()?;
            plain.pop();
            plain.push_str(more.get(1..)?);
        }
        Some(Value::Plain(plain))
    }
}

/// A member that comes again is a list.
fn merge(before: &mut Value, value: Value) {
    let mut items = match std::mem::replace(before, Value::List(Vec::new())) {
        Value::List(items) => items,
        other => vec![other],
    };
    match value {
        Value::List(more) => items.extend(more),
        other => items.push(other),
    }
    *before = Value::List(items);
}
