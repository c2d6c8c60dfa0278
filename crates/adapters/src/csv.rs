//! Tables with a header row, as carriers send them in files: each line becomes an object by the header's names, so that
//! [`tree`](crate::tree) walks them like JSON. Comma, semicolon or tab divides; quotes are as in RFC 4180.

use serde_json::{Map, Value};

const LINES_MAX: usize = 200_000;

/// The lines below the header, or nothing when the first line is no header.
pub fn records(body: &[u8]) -> Vec<Value> {
    let body = body.strip_prefix(b"\xef\xbb\xbf").unwrap_or(body);
    let text = String::from_utf8_lossy(body);
    let first = text.lines().next().unwrap_or_default();
    let Some(mark) = [',', ';', '\t'].into_iter().max_by_key(|m| first.matches(*m).count()).filter(|m| first.contains(*m)) else {
        return Vec::new();
    };
    let mut lines = split(&text, mark).into_iter();
    let Some(header) = lines.next() else { return Vec::new() };
    lines
        .filter(|line| line.iter().any(|cell| !cell.is_empty()))
        .map(|line| {
            let cells = header.iter().zip(line).filter(|(name, _)| !name.is_empty());
            Value::Object(Map::from_iter(cells.map(|(name, cell)| (name.clone(), Value::String(cell)))))
        })
        .collect()
}

fn split(text: &str, mark: char) -> Vec<Vec<String>> {
    let mut lines = vec![vec![String::new()]];
    let mut quoted = false;
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        if lines.len() > LINES_MAX {
            break;
        }
        let Some(cell) = lines.last_mut().and_then(|line| line.last_mut()) else { break };
        match c {
            '"' if quoted && chars.peek() == Some(&'"') => {
                chars.next();
                cell.push('"');
            }
            '"' if quoted || cell.trim().is_empty() => quoted = !quoted,
            '\n' if !quoted => lines.push(vec![String::new()]),
            '\r' if !quoted => {}
            c if c == mark && !quoted => {
                if let Some(line) = lines.last_mut() {
                    line.push(String::new());
                }
            }
            c => cell.push(c),
        }
    }
    lines.into_iter().map(|line| line.into_iter().map(|cell| cell.trim().to_string()).collect()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

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
}
