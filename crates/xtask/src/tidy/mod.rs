//! What no compiler checks: the drawing of the rooms, who may ask the machine for the time, tenant-first SQL, dead files,
//! licences. Each finding says what to do instead. Nothing else is policed here; style belongs to rustfmt and clippy.

mod arrows;
mod calls;
mod dead_files;
mod licences;
mod source;
mod sql;

use std::{fmt, path::Path};

use anyhow::{Result, bail};

pub use source::files_below;

use crate::docs;

/// One thing that is not as the drawing says.
#[derive(Debug, PartialEq)]
pub struct Finding {
    /// From the repository's root.
    pub file: String,
    /// 0 when it is about the whole file.
    pub line: usize,
    /// What is wrong and what to do instead.
    pub text: String,
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        match self.line {
            0 => write!(f, "{}: {}", self.file, self.text),
            line => write!(f, "{}:{line}: {}", self.file, self.text),
        }
    }
}

/// Runs every check and prints what it found.
pub fn run(root: &Path) -> Result<()> {
    let mut findings = Vec::new();
    findings.extend(arrows::check(root)?);
    findings.extend(calls::check(root)?);
    findings.extend(sql::check(root)?);
    findings.extend(dead_files::check(root)?);
    findings.extend(licences::check(root)?);
    findings.extend(docs::check(root));
    for finding in &findings {
        println!("{finding}");
    }
    match findings.len() {
        0 => Ok(()),
        n => bail!("tidy: {n} thing{} to put right", if n == 1 { "" } else { "s" }),
    }
}

/// A folder with the given files, for tests that plant a fault.
#[cfg(test)]
pub fn planted(files: &[(&str, &str)]) -> tempfile::TempDir {
    let root = tempfile::tempdir().unwrap();
    for (path, text) in files {
        let file = root.path().join(path);
        std::fs::create_dir_all(file.parent().unwrap()).unwrap();
        std::fs::write(file, text).unwrap();
    }
    root
}
