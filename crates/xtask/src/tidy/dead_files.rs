//! Templates, migrations and languages that nothing names any more.

use std::path::Path;

use anyhow::Result;

use super::{Finding, source::files_below};

const FOLDERS: [&str; 6] =
    ["templates", "migrations", "locales", "crates/server/templates", "crates/server/migrations", "crates/server/locales"];
/// Where a file can be named.
const READERS: &[&str] = &[".rs", ".html", ".txt", ".mjml", ".css", ".js", ".toml"];

pub fn check(root: &Path) -> Result<Vec<Finding>> {
    let mut readers = Vec::new();
    for folder in ["crates", "templates", "widget"] {
        for file in files_below(&root.join(folder), READERS) {
            readers.push((file.clone(), std::fs::read_to_string(&file).unwrap_or_default()));
        }
    }
    let mut findings = Vec::new();
    for folder in FOLDERS {
        for file in files_below(&root.join(folder), &[]) {
            let name = file.file_name().unwrap_or_default().to_string_lossy().into_owned();
            // A build script that names the folder lists it whole.
            let listed = readers.iter().any(|(r, text)| r.ends_with("build.rs") && text.contains(file_folder(folder)));
            let named = readers.iter().any(|(reader, text)| *reader != file && text.contains(&name));
            if !listed && !named {
                let path = file.strip_prefix(root).unwrap_or(&file).to_string_lossy().into_owned();
                findings.push(Finding { file: path, line: 0, text: "nothing names this file: use it or delete it".to_string() });
            }
        }
    }
    Ok(findings)
}

fn file_folder(folder: &str) -> &str {
    folder.rsplit('/').next().unwrap_or(folder)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tidy::planted;

    #[test]
    fn a_template_that_no_page_names_is_found() {
        let root = planted(&[
            ("crates/server/templates/track.html", "{% extends \"frame.html\" %}"),
            ("crates/server/templates/frame.html", ""),
            ("crates/server/templates/forgotten.html", ""),
            ("crates/server/src/web/pages/track.rs", "#[template(path = \"track.html\")]"),
        ]);
        let found: Vec<String> = check(root.path()).unwrap().into_iter().map(|f| f.file).collect();
        assert_eq!(found, ["crates/server/templates/forgotten.html"]);
    }

    #[test]
    fn a_folder_that_a_build_script_lists_is_alive() {
        let root = planted(&[("locales/en.ftl", ""), ("crates/server/build.rs", "list(\"../../locales\")")]);
        assert!(check(root.path()).unwrap().is_empty());
    }
}
