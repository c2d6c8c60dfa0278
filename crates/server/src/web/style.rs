//! Our style sheets as they are sent: what only people who write them need is left out.

use std::sync::LazyLock;

/// The pages' style, which stands in each page.
pub static PAGE: LazyLock<String> = LazyLock::new(|| {
    squeezed(concat!(
        include_str!("../../../../templates/style/tokens.css"),
        include_str!("../../../../templates/style/base.css"),
        include_str!("../../../../templates/style/page.css")
    ))
});

/// Without remarks and needless blanks. Knows the CSS that we write, not all that there is: no text of ours holds `/*` or two blanks.
fn squeezed(css: &str) -> String {
    let mut out = String::with_capacity(css.len());
    let mut rest = css;
    while let Some((before, after)) = rest.split_once("/*") {
        out.push_str(before);
        rest = after.split_once("*/").map_or("", |(_, rest)| rest);
    }
    out.push_str(rest);
    let words = out.split_ascii_whitespace().collect::<Vec<_>>().join(" ");
    let mut small = String::with_capacity(words.len());
    let mut chars = words.chars().peekable();
    while let Some(c) = chars.next() {
        let next = chars.peek().copied();
        match c {
            ' ' if matches!(next, Some('{' | '}' | ';' | ',')) || small.ends_with(['{', '}', ';', ',', ':']) => {}
            ';' if next == Some('}') || (next == Some(' ') && chars.clone().nth(1) == Some('}')) => {}
            c => small.push(c),
        }
    }
    small
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_style_loses_what_nobody_reads_and_nothing_else() {
        let css = "/* head */\na:hover, b > c {\n  color: red; inline-size: calc(1px + 2px);\n}\n@media (min-width: 3px) { .x :focus { content: \"\" } }\n";
        assert_eq!(squeezed(css), "a:hover,b > c{color:red;inline-size:calc(1px + 2px)}@media (min-width:3px){.x :focus{content:\"\"}}");
        assert!(PAGE.len() > 10_000 && !PAGE.contains("/*") && PAGE.matches('{').count() == PAGE.matches('}').count());
    }
}
