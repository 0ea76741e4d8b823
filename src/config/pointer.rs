//! JSON Pointers ([RFC 6901](https://www.rfc-editor.org/rfc/rfc6901)): how a fault names the key it is about.

use std::borrow::Cow;

use serde_json::Value;

/// `pointer` extended by one key or index.
pub(super) fn join(pointer: &str, token: &str) -> String {
    let escaped = token.replace('~', "~0").replace('/', "~1");
    format!("{pointer}/{escaped}")
}

/// The pointer of the value that holds the one at `pointer`; none above the root.
pub(super) fn parent(pointer: &str) -> Option<&str> {
    pointer.rsplit_once('/').map(|(parent, _)| parent)
}

/// The keys and indexes that lead to the value, outermost first.
pub(super) fn tokens(pointer: &str) -> impl Iterator<Item = Cow<'_, str>> {
    let unescape = |token: &str| token.replace("~1", "/").replace("~0", "~");
    pointer.split('/').skip(1).map(
        move |token| {
            if token.contains('~') { Cow::Owned(unescape(token)) } else { Cow::Borrowed(token) }
        },
    )
}

/// Whether `pointer` is `ancestor` itself or lies below it.
pub(super) fn is_within(pointer: &str, ancestor: &str) -> bool {
    pointer.strip_prefix(ancestor).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// The deepest part of `pointer` that exists in `value`.
pub(super) fn existing<'p>(value: &Value, mut pointer: &'p str) -> &'p str {
    while value.pointer(pointer).is_none() {
        match parent(pointer) {
            Some(up) => pointer = up,
            None => return "",
        }
    }
    pointer
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_with_a_slash_or_tilde_survives_the_pointer() {
        let pointer = join(&join("", "a/b"), "c~1");
        assert_eq!(pointer, "/a~1b/c~01");
        assert_eq!(tokens(&pointer).collect::<Vec<_>>(), ["a/b", "c~1"]);
        assert_eq!(parent(&pointer), Some("/a~1b"));
        assert_eq!(tokens("").count(), 0);
    }

    #[test]
    fn a_pointer_lies_within_whole_tokens_only() {
        assert!(is_within("/a/b", "/a"));
        assert!(is_within("/a", "/a"));
        assert!(is_within("/a", ""));
        assert!(!is_within("/ab", "/a"));
    }
}
