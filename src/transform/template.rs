//! Names that are made of other names.

/// A text with a placeholder in braces.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Template {
    text: String,
    placeholder: &'static str,
}

impl Template {
    /// Reads a text in which braces may only be those of `placeholder`, such as `{source}`.
    pub fn parse(text: &str, placeholder: &'static str) -> Result<Self, String> {
        let rest = text.replace(placeholder, "");
        if rest.contains(['{', '}']) {
            return Err(format!("'{text}' has a brace that is not part of {placeholder}"));
        }
        Ok(Self { text: text.to_owned(), placeholder })
    }

    /// The text with the placeholder filled in.
    pub fn fill(&self, value: &str) -> String {
        self.text.replace(self.placeholder, value)
    }

    /// The text, if it has no placeholder.
    pub fn literal(&self) -> Option<&str> {
        (!self.text.contains(self.placeholder)).then_some(&self.text)
    }
}
