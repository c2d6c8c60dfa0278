//! Tables with a header row, as carriers send them in files: comma, semicolon, tab or bar between the cells, quotes as in
//! RFC 4180, UTF-8, UTF-16 or what Windows wrote before, with or without the `sep=;` that spreadsheets put in front.

use std::borrow::Cow;

use serde_json::{Map, Value};

/// A table of scans has lines of more bytes than this, on average; a file of separators must not become millions of rows.
const LINE_MIN: usize = 40;
/// Short tables may have short lines.
const LINES_FREE: usize = 2_000;
/// No carrier has so many columns.
const COLUMNS_MAX: usize = 500;
const MARKS: [u8; 4] = [b',', b';', b'\t', b'|'];

/// A table, not yet taken apart.
pub struct Table<'a> {
    pub header: Vec<String>,
    text: Cow<'a, str>,
    body_at: usize,
    mark: u8,
}

/// The table, if the first line has at least two named columns.
pub fn table(body: &[u8]) -> Option<Table<'_>> {
    let text = decoded(body)?;
    let mut at = text.len() - text.trim_start().len();
    if text[at..].get(..4).is_some_and(|sep| sep.eq_ignore_ascii_case("sep=")) {
        at += text[at..].find('\n')? + 1;
    }
    let first = text[at..].lines().next()?;
    let count = |mark: &u8| first.bytes().filter(|b| b == mark).count();
    let mark = MARKS.into_iter().max_by_key(count).filter(|mark| (1..COLUMNS_MAX).contains(&count(mark)))?;
    let lines = text.bytes().filter(|b| *b == b'\n').count();
    if lines > LINES_FREE + text.len() / LINE_MIN {
        return None;
    }
    let header: Vec<String> = reader(&text[at..], mark).records().next()?.ok()?.iter().map(str::to_string).collect();
    let is_named = header.iter().filter(|name| !name.is_empty()).count() >= 2;
    is_named.then_some(Table { header, text, body_at: at, mark })
}

impl Table<'_> {
    /// The lines below the header that hold anything, each with its number in the file.
    pub fn rows(&self) -> impl Iterator<Item = (u64, ::csv::StringRecord)> + '_ {
        let records = reader(&self.text[self.body_at..], self.mark).into_records().skip(1);
        let rows = records.filter_map(Result::ok).filter(|row| row.iter().any(|cell| !cell.is_empty()));
        rows.map(|row| (row.position().map_or(0, ::csv::Position::line), row))
    }

    /// Each line as an object by the header's names, so that [`tree`](crate::tree) walks it like JSON.
    pub fn objects(&self) -> impl Iterator<Item = Value> + '_ {
        self.rows().map(|(_, row)| {
            let cells = self.header.iter().zip(row.iter()).filter(|(name, _)| !name.is_empty());
            Value::Object(Map::from_iter(cells.map(|(name, cell)| (name.clone(), Value::String(cell.to_string())))))
        })
    }
}

fn reader(text: &str, mark: u8) -> ::csv::Reader<&[u8]> {
    ::csv::ReaderBuilder::new().delimiter(mark).has_headers(false).flexible(true).trim(::csv::Trim::All).from_reader(text.as_bytes())
}

/// The bytes as text: UTF-8, UTF-16 with its mark, or what Windows wrote; `None` if they are no text.
pub fn decoded(body: &[u8]) -> Option<Cow<'_, str>> {
    let wide = |of: fn([u8; 2]) -> u16| {
        let units = body[2..].chunks_exact(2).map(|pair| of([pair[0], pair[1]]));
        Some(Cow::Owned(char::decode_utf16(units).map(|c| c.unwrap_or(char::REPLACEMENT_CHARACTER)).collect()))
    };
    if body.starts_with(b"\xff\xfe") {
        return wide(u16::from_le_bytes);
    }
    if body.starts_with(b"\xfe\xff") {
        return wide(u16::from_be_bytes);
    }
    let body = body.strip_prefix(b"\xef\xbb\xbf").unwrap_or(body);
    if body.contains(&0) {
        return None;
    }
    Some(match std::str::from_utf8(body) {
        Ok(text) => Cow::Borrowed(text),
        Err(_) => Cow::Owned(body.iter().map(|b| windows(*b)).collect()),
    })
}

/// Windows-1252 where it differs from Latin-1 and somebody types it.
fn windows(byte: u8) -> char {
    match byte {
        0x80 => '€',
        0x8a => 'Š',
        0x91 | 0x92 => '\'',
        0x93 | 0x94 => '"',
        0x96 | 0x97 => '–',
        0x9a => 'š',
        0x9e => 'ž',
        _ => byte as char,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn records(body: &[u8]) -> Vec<Value> {
        table(body).map(|t| t.objects().collect()).unwrap_or_default()
    }

    #[test]
    fn a_table_is_read_by_its_header() {
        let rows = records(b"Number,Words,Place\r\nN1,\"Left with \"\"B\"\", desk\",\"A\nB\"\r\n\r\nN2,x\r\n");
        assert_eq!(rows.len(), 2);
        assert_eq!(rows[0]["Words"], "Left with \"B\", desk");
        assert_eq!(rows[0]["Place"], "A\nB");
        assert_eq!(rows[1].get("Place"), None);
        assert_eq!(records(b"a;b\n1;2\n")[0]["b"], "2");
        assert!(records(b"no table").is_empty());
        assert!(records(b"").is_empty());
    }

    #[test]
    fn spreadsheets_and_old_windows_are_read_too() {
        assert_eq!(records(b"sep=;\r\na;b\r\n1;2\r\n")[0]["b"], "2");
        assert_eq!(records(b"\xef\xbb\xbfa|b\n1|M\xc3\xbcnchen\n")[0]["b"], "München");
        assert_eq!(records(b"a\tb\n1\tM\xfcnchen \x80\n")[0]["b"], "München €");
        let wide: Vec<u8> = [0xff, 0xfe].into_iter().chain("a\tb\n1\tKöln\n".encode_utf16().flat_map(u16::to_le_bytes)).collect();
        assert_eq!(records(&wide)[0]["b"], "Köln");
    }

    #[test]
    fn a_file_of_separators_is_no_table() {
        assert!(table("a,b\n".repeat(500_000).as_bytes()).is_none());
        assert!(table(b"PK\x03\x04,\x00,").is_none());
    }
}
