//! A Rust file as a flat list of tokens with line numbers, read by rustc's own lexer. Comments are gone, macro bodies are
//! there, and whatever stands under `#[cfg(test)]` is left out: tests may reach into every room.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};
use proc_macro2::{Delimiter, TokenStream, TokenTree};

pub struct Source {
    /// From the repository's root, with `/`.
    pub path: String,
    pub tokens: Vec<Token>,
}

pub struct Token {
    pub line: usize,
    pub text: String,
}

/// A path with at least two segments as it stands in the source, `use` trees unfolded: `crate::db::inbox`.
#[derive(Debug, PartialEq)]
pub struct PathUse {
    pub line: usize,
    pub segments: Vec<String>,
}

impl Source {
    pub fn read(root: &Path, file: &Path) -> Result<Source> {
        let text = std::fs::read_to_string(file).with_context(|| format!("reading {}", file.display()))?;
        let path = file.strip_prefix(root).unwrap_or(file).to_string_lossy().replace('\\', "/");
        Source::parse(path, &text)
    }

    pub fn parse(path: impl Into<String>, text: &str) -> Result<Source> {
        let path = path.into();
        let stream: TokenStream = text.parse().map_err(|e| anyhow::anyhow!("{path} is not Rust: {e}"))?;
        let mut tokens = Vec::new();
        flatten(stream, &mut tokens);
        Ok(Source { path, tokens })
    }

    /// Every path in the file, `use` trees and calls alike.
    pub fn paths(&self) -> Vec<PathUse> {
        let mut found = Vec::new();
        let mut at = 0;
        while at < self.tokens.len() {
            let starts = is_name(&self.tokens[at].text) && !self.is_colons(at.wrapping_sub(2)) && self.is_colons(at + 1);
            if !starts {
                at += 1;
                continue;
            }
            at = self.path_tree(at, &[], &mut found);
        }
        found
    }

    /// The string literals of the file as (line, contents), with escapes left as written.
    pub fn strings(&self) -> impl Iterator<Item = (usize, &str)> {
        self.tokens.iter().filter_map(|t| Some((t.line, string_contents(&t.text)?)))
    }

    /// Lines on which these tokens stand side by side.
    pub fn lines_with(&self, wanted: &[&str]) -> Vec<usize> {
        self.tokens.windows(wanted.len()).filter(|w| w.iter().zip(wanted).all(|(t, want)| t.text == *want)).map(|w| w[0].line).collect()
    }

    fn is_colons(&self, at: usize) -> bool {
        let colon = |i: usize| self.tokens.get(i).is_some_and(|t| t.text == ":");
        at != usize::MAX && colon(at) && at.checked_add(1).is_some_and(colon)
    }

    /// Reads the path (or brace of paths) that begins at `at`; gives the index after it.
    fn path_tree(&self, mut at: usize, prefix: &[String], found: &mut Vec<PathUse>) -> usize {
        let mut segments = prefix.to_vec();
        let line = self.tokens.get(at).map_or(0, |t| t.line);
        while let Some(token) = self.tokens.get(at) {
            if token.text == "{" {
                return self.brace(at, &segments, found);
            }
            if !is_name(&token.text) && token.text != "*" {
                break;
            }
            segments.push(token.text.clone());
            at += 1;
            if !self.is_colons(at) {
                break;
            }
            at += 2;
        }
        if segments.len() > 1 {
            found.push(PathUse { line, segments });
        }
        at
    }

    fn brace(&self, open: usize, prefix: &[String], found: &mut Vec<PathUse>) -> usize {
        let mut at = open + 1;
        while let Some(token) = self.tokens.get(at) {
            match token.text.as_str() {
                "}" => return at + 1,
                name if is_name(name) && name != "as" => at = self.path_tree(at, prefix, found).max(at + 1),
                _ => at += 1,
            }
        }
        at
    }
}

fn is_name(text: &str) -> bool {
    text.starts_with(|c: char| c.is_alphabetic() || c == '_')
        && !matches!(text, "use" | "pub" | "as" | "where" | "impl" | "dyn" | "mut" | "ref" | "return" | "in")
        && string_contents(text).is_none()
}

fn string_contents(literal: &str) -> Option<&str> {
    let rest = literal.strip_prefix('r').unwrap_or(literal);
    let rest = rest.trim_matches('#');
    rest.strip_prefix('"')?.strip_suffix('"')
}

fn flatten(stream: TokenStream, out: &mut Vec<Token>) {
    let trees: Vec<TokenTree> = stream.into_iter().collect();
    let mut at = 0;
    while at < trees.len() {
        if is_test_attribute(&trees, at) {
            at = after_item(&trees, at + 2);
            continue;
        }
        match &trees[at] {
            TokenTree::Group(group) => {
                let (open, close) = match group.delimiter() {
                    Delimiter::Brace => ("{", "}"),
                    Delimiter::Parenthesis => ("(", ")"),
                    Delimiter::Bracket => ("[", "]"),
                    Delimiter::None => ("", ""),
                };
                out.push(Token { line: group.span_open().start().line, text: open.to_string() });
                flatten(group.stream(), out);
                out.push(Token { line: group.span_close().start().line, text: close.to_string() });
            }
            other => out.push(Token { line: other.span().start().line, text: other.to_string() }),
        }
        at += 1;
    }
}

/// `#` followed by `[cfg(test)]`.
fn is_test_attribute(trees: &[TokenTree], at: usize) -> bool {
    let hash = matches!(&trees[at], TokenTree::Punct(p) if p.as_char() == '#');
    let Some(TokenTree::Group(group)) = trees.get(at + 1) else { return false };
    hash && group.delimiter() == Delimiter::Bracket && group.stream().to_string().replace(' ', "") == "cfg(test)"
}

/// The index after the item that begins at `at`: past its `;` or its braces.
fn after_item(trees: &[TokenTree], at: usize) -> usize {
    let end = trees[at..].iter().position(|t| match t {
        TokenTree::Punct(p) => p.as_char() == ';',
        TokenTree::Group(g) => g.delimiter() == Delimiter::Brace,
        _ => false,
    });
    end.map_or(trees.len(), |i| at + i + 1)
}

/// The product's own sources below a folder: files that hold nothing but tests are left out.
pub fn product_sources(root: &Path, folder: &str) -> Result<Vec<Source>> {
    let is_test = |file: &PathBuf| {
        let inside = file.strip_prefix(root).unwrap_or(file).to_string_lossy().into_owned();
        inside.ends_with("/tests.rs") || inside.ends_with("_tests.rs") || inside.contains("/tests/")
    };
    let files = files_below(&root.join(folder), &[".rs"]);
    files.iter().filter(|f| !is_test(f)).map(|f| Source::read(root, f)).collect()
}

/// All files below `folder` with one of these endings, in a steady order. A missing folder has none.
pub fn files_below(folder: &Path, endings: &[&str]) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut waiting = vec![folder.to_path_buf()];
    while let Some(folder) = waiting.pop() {
        let Ok(entries) = std::fs::read_dir(&folder) else { continue };
        for entry in entries.flatten() {
            let path = entry.path();
            let name = entry.file_name();
            let name = name.to_string_lossy();
            if path.is_dir() {
                let skipped = name.starts_with('.') || matches!(name.as_ref(), "target" | "node_modules");
                if !skipped {
                    waiting.push(path);
                }
            } else if endings.is_empty() || endings.iter().any(|e| name.ends_with(e)) {
                found.push(path);
            }
        }
    }
    found.sort();
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn paths(text: &str) -> Vec<String> {
        Source::parse("x.rs", text).unwrap().paths().iter().map(|p| p.segments.join("::")).collect()
    }

    #[test]
    fn a_use_tree_is_unfolded() {
        assert_eq!(paths("use crate::{db::{self, inbox::Row}, flow};"), ["crate::db::self", "crate::db::inbox::Row", "crate::flow"]);
    }

    #[test]
    fn a_call_in_a_macro_is_seen_and_a_comment_is_not() {
        assert_eq!(paths("fn f() { // crate::web\n tell!(crate::db::x()); }"), ["crate::db::x"]);
    }

    #[test]
    fn a_test_module_is_left_out() {
        assert!(paths("#[cfg(test)] mod tests { use crate::web::x; }").is_empty());
    }

    #[test]
    fn a_raw_string_is_read_as_it_stands() {
        let source = Source::parse("x.rs", "const A: &str = r#\"SELECT \"a\"\"#;").unwrap();
        assert_eq!(source.strings().collect::<Vec<_>>(), [(1, "SELECT \"a\"")]);
    }
}
