//! Names of topics, and patterns of them.

use regex::Regex;

/// Why a text is not a topic's name, by
/// [Kafka's rule](https://github.com/apache/kafka/blob/trunk/clients/src/main/java/org/apache/kafka/common/internals/Topic.java).
pub fn check_name(name: &str) -> Result<(), String> {
    let legal = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-');
    if matches!(name, "" | "." | "..") || name.len() > 249 || !name.bytes().all(legal) {
        return Err(format!("'{name}' is not a topic's name: 1 to 249 of a-z, A-Z, 0-9, '.', '_' and '-'"));
    }
    Ok(())
}

/// Reads a pattern of topics. The group matches topics with the C library's POSIX extended regular expressions; what
/// those read differently is refused.
pub fn pattern(text: &str) -> Result<Regex, String> {
    let escapes = text.char_indices().filter(|&(_, char)| char == '\\').map(|(at, _)| at + 1);
    let letter = escapes.filter_map(|at| text.get(at..)?.chars().next()).find(char::is_ascii_alphanumeric);
    if let Some(letter) = letter {
        return Err(format!(
            "'\\{letter}' is not known to POSIX extended regular expressions: write a class, such as [0-9]"
        ));
    }
    if let Some(part) = ["(?", "*?", "+?", "??", "}?"].into_iter().find(|part| text.contains(part)) {
        return Err(format!("'{part}' is not known to POSIX extended regular expressions"));
    }
    Regex::new(text).map_err(|error| error.to_string())
}
