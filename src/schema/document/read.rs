//! Text to [`Document`].

use serde::de::IgnoredAny;

use super::{Document, Members};

/// Objects and arrays may nest as deep as this, so that a walk of the document needs little stack.
const MAX_DEPTH: u32 = 128;

/// Why a text is no document.
#[derive(Debug, thiserror::Error)]
pub enum DocumentError {
    /// It is not JSON; with the place.
    #[error("{0}")]
    Syntax(#[from] serde_json::Error),
    /// It is JSON, but deeper than anything here walks.
    #[error("it nests deeper than {MAX_DEPTH} levels")]
    TooDeep,
}

/// `serde_json` says whether the text is JSON and where it is not. It would lose the text of numbers, so the tree is read
/// here, from a text that is known to be JSON.
pub(super) fn parse(text: &str) -> Result<Document, DocumentError> {
    serde_json::from_str::<IgnoredAny>(text)?;
    Reader { rest: text }.value(MAX_DEPTH)
}

struct Reader<'a> {
    rest: &'a str,
}

impl<'a> Reader<'a> {
    fn value(&mut self, depth: u32) -> Result<Document, DocumentError> {
        self.skip_space();
        match self.rest.as_bytes().first() {
            Some(b'"') => self.string().map(Document::String),
            Some(b'{') => {
                let depth = depth.checked_sub(1).ok_or(DocumentError::TooDeep)?;
                let mut members = Members::new();
                self.list('{', '}', |reader| {
                    let name = reader.string()?;
                    reader.eat(':');
                    members.insert(name, reader.value(depth)?);
                    Ok(())
                })?;
                Ok(Document::Object(members))
            }
            Some(b'[') => {
                let depth = depth.checked_sub(1).ok_or(DocumentError::TooDeep)?;
                let mut items = Vec::new();
                self.list('[', ']', |reader| {
                    items.push(reader.value(depth)?);
                    Ok(())
                })?;
                Ok(Document::Array(items))
            }
            _ => Ok(match self.until([',', '}', ']', ' ', '\t', '\n', '\r']) {
                "null" => Document::Null,
                "true" => Document::Bool(true),
                "false" => Document::Bool(false),
                number => Document::Number(number.into()),
            }),
        }
    }

    /// Reads what stands between two brackets, separated by commas.
    fn list(
        &mut self,
        open: char,
        close: char,
        mut item: impl FnMut(&mut Self) -> Result<(), DocumentError>,
    ) -> Result<(), DocumentError> {
        self.eat(open);
        while !self.eat(close) {
            item(self)?;
            self.eat(',');
        }
        Ok(())
    }

    /// Steps over a character and the white space on both sides of it, if that is what comes.
    fn eat(&mut self, char: char) -> bool {
        self.skip_space();
        let Some(rest) = self.rest.strip_prefix(char) else { return false };
        self.rest = rest;
        self.skip_space();
        true
    }

    fn skip_space(&mut self) {
        self.rest = self.rest.trim_start_matches([' ', '\t', '\n', '\r']);
    }

    fn string(&mut self) -> Result<String, DocumentError> {
        let mut escaped = false;
        let closing = |byte: u8| {
            let closes = byte == b'"' && !escaped;
            escaped = byte == b'\\' && !escaped;
            closes
        };
        let length = self.rest.bytes().skip(1).position(closing).map_or(self.rest.len(), |at| at + 2);
        let (token, rest) = self.rest.split_at(length);
        self.rest = rest;
        // A lone surrogate is correct JSON, but no text: that is refused here.
        Ok(serde_json::from_str(token)?)
    }

    fn until<const N: usize>(&mut self, ends: [char; N]) -> &'a str {
        let (token, rest) = self.rest.split_at(self.rest.find(ends).unwrap_or(self.rest.len()));
        self.rest = rest;
        token
    }
}
