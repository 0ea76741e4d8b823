//! How a record looks to an HTTP client: one JSON object on one line.
//!
//! A key or value that a codec made is spliced in as the JSON text that it is. Bytes without a format are a JSON string if
//! they are UTF-8, else `{"base64": "…"}`; null stays null. Since a part without a format is never anything else, the two
//! can't be taken for each other. Raw line breaks between the tokens of a text become spaces, so that no object ends a
//! line of an event stream.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use crate::codec::write_json_string;
use crate::kafka::Message;
use crate::schema::{Context, Identifier};
use crate::transform::rejection::Rejection;
use crate::transform::{Bytes, Output};
use crate::wire::{KEY_HEADER, VALUE_HEADER};

/// A key or value.
#[derive(Debug, Clone, Copy)]
pub(super) enum Piece<'a> {
    Null,
    /// JSON text.
    Json(&'a [u8]),
    /// Bytes without a format.
    Raw(&'a [u8]),
}

impl<'a> Piece<'a> {
    /// What a transform made of a part, whose bytes were `input`.
    pub(super) fn of(output: &Output, input: Option<&'a [u8]>, buffer: &'a [u8]) -> Self {
        match (&output.bytes, output.bytes.resolve(input, buffer)) {
            (_, None) => Self::Null,
            (Bytes::Made(_), Some(json)) => Self::Json(json),
            (Bytes::Null | Bytes::Same | Bytes::Verified, Some(bytes)) => Self::Raw(bytes),
        }
    }

    /// Bytes as they came.
    pub(super) fn raw(bytes: Option<&'a [u8]>) -> Self {
        bytes.map_or(Self::Null, Self::Raw)
    }
}

/// What stands in a record's place for its value.
#[derive(Debug)]
pub(super) enum Content<'a> {
    Value(Piece<'a>),
    Error(&'a Rejection),
}

/// The schema of a value: where its name means something, and the name.
pub(super) type Schema<'a> = Option<(&'a Context, Identifier)>;

/// Appends the object of a record. `read` says whether key and value were read by the schema that the record names.
pub(super) fn write(
    message: &Message,
    key: Piece<'_>,
    content: &Content<'_>,
    schema: Schema<'_>,
    read: [bool; 2],
    out: &mut Vec<u8>,
) {
    out.extend_from_slice(b"{\"topic\":");
    write_json_string(message.topic(), out);
    number(",\"partition\":", i64::from(message.partition()), out);
    number(",\"offset\":", message.offset(), out);
    match message.timestamp() {
        Some(timestamp) => number(",\"timestamp\":", timestamp.millis, out),
        None => out.extend_from_slice(b",\"timestamp\":null"),
    }
    out.extend_from_slice(b",\"key\":");
    write_piece(key, out);
    match content {
        Content::Value(value) => {
            out.extend_from_slice(b",\"value\":");
            write_piece(*value, out);
        }
        Content::Error(rejection) => {
            out.extend_from_slice(b",\"error\":");
            write_error(rejection, out);
        }
    }
    out.extend_from_slice(b",\"headers\":");
    write_headers(message, read, out);
    out.extend_from_slice(b",\"schema\":");
    write_schema(schema, out);
    out.push(b'}');
}

fn number(name: &str, number: i64, out: &mut Vec<u8>) {
    out.extend_from_slice(name.as_bytes());
    out.extend_from_slice(itoa::Buffer::new().format(number).as_bytes());
}

fn write_piece(piece: Piece<'_>, out: &mut Vec<u8>) {
    match piece {
        Piece::Null => out.extend_from_slice(b"null"),
        Piece::Json(json) => {
            let start = out.len();
            out.extend_from_slice(json);
            for byte in out.iter_mut().skip(start) {
                // Inside a string they are escaped.
                if matches!(byte, b'\n' | b'\r') {
                    *byte = b' ';
                }
            }
        }
        Piece::Raw(bytes) => {
            if let Ok(text) = std::str::from_utf8(bytes) {
                return write_json_string(text, out);
            }
            out.extend_from_slice(b"{\"base64\":\"");
            out.extend_from_slice(STANDARD.encode(bytes).as_bytes());
            out.extend_from_slice(b"\"}");
        }
    }
}

fn write_error(rejection: &Rejection, out: &mut Vec<u8>) {
    let Rejection { reason, part, pointer, .. } = rejection;
    let message = rejection.to_string();
    let members = [("{\"reason\":", reason.as_str()), (",\"part\":", part.as_str()), (",\"pointer\":", pointer)];
    for (name, text) in members.into_iter().chain([(",\"message\":", message.as_str())]) {
        out.extend_from_slice(name.as_bytes());
        write_json_string(text, out);
    }
    out.push(b'}');
}

/// All headers in their order, repeated ones too, but for those that name the schema of a part that was read by it.
fn write_headers(message: &Message, read: [bool; 2], out: &mut Vec<u8>) {
    let [key, value] = read;
    let is_consumed = |name: &str| {
        (key && name.as_bytes() == KEY_HEADER.to_bytes()) || (value && name.as_bytes() == VALUE_HEADER.to_bytes())
    };
    let mut open = b'[';
    for header in message.headers().filter(|header| !is_consumed(header.name)) {
        out.push(open);
        open = b',';
        out.extend_from_slice(b"{\"name\":");
        write_json_string(header.name, out);
        out.extend_from_slice(b",\"value\":");
        write_piece(Piece::raw(header.value), out);
        out.push(b'}');
    }
    out.extend_from_slice(if open == b'[' { b"[]" } else { b"]" });
}

fn write_schema(schema: Schema<'_>, out: &mut Vec<u8>) {
    let Some((context, name)) = schema else { return out.extend_from_slice(b"null") };
    out.extend_from_slice(b"{\"context\":");
    write_json_string(context.as_str(), out);
    match name {
        Identifier::Id(id) => number(",\"id\":", i64::from(id.get()), out),
        Identifier::Guid(guid) => {
            out.extend_from_slice(b",\"id\":");
            write_json_string(&guid.to_string(), out);
        }
    }
    out.push(b'}');
}
