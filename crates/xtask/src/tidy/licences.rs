//! Bans and licences, read from `deny.toml` and asked of `cargo metadata`: the part of cargo-deny that needs no network,
//! without building cargo-deny in every run (docs/decisions/0003).

use std::{path::Path, process::Command};

use anyhow::{Context as _, Result, bail};
use serde_json::Value;

use super::Finding;

pub fn check(root: &Path) -> Result<Vec<Finding>> {
    let policy = Policy::read(&root.join("deny.toml"))?;
    let mut findings = Vec::new();
    for package in packages(root)? {
        findings.extend(policy.judge(&package));
    }
    Ok(findings)
}

struct Package {
    name: String,
    version: String,
    licence: Option<String>,
    /// `None` for our own crates.
    source: Option<String>,
}

struct Policy {
    allowed: Vec<String>,
    /// (crate, the licence it alone may have)
    exceptions: Vec<(String, String)>,
    banned: Vec<String>,
}

impl Policy {
    fn read(file: &Path) -> Result<Policy> {
        let text = std::fs::read_to_string(file).with_context(|| format!("reading {}", file.display()))?;
        Ok(Policy::parse(&text))
    }

    /// The few lines of `deny.toml` that we need, one entry a line as we write them.
    fn parse(text: &str) -> Policy {
        let mut policy = Policy { allowed: Vec::new(), exceptions: Vec::new(), banned: Vec::new() };
        let mut list = "";
        for line in text.lines().map(str::trim).filter(|l| !l.starts_with('#')) {
            if let Some((name, _)) = line.split_once(" = [").filter(|_| !line.starts_with('{')) {
                list = match name {
                    "allow" | "exceptions" | "deny" => name,
                    _ => "",
                };
            }
            let quoted: Vec<String> = line.split('"').skip(1).step_by(2).map(str::to_string).collect();
            match (list, quoted.as_slice()) {
                ("allow", [licence]) => policy.allowed.push(licence.clone()),
                ("exceptions", [name, licence]) => policy.exceptions.push((name.clone(), licence.clone())),
                ("deny", [name, ..]) => policy.banned.push(name.clone()),
                _ => {}
            }
            if line.starts_with(']') || line.ends_with(']') && line.contains(" = [") {
                list = "";
            }
        }
        policy
    }

    fn judge(&self, package: &Package) -> Option<Finding> {
        let say = |text: String| Some(Finding { file: "Cargo.lock".into(), line: 0, text });
        let Package { name, version, .. } = package;
        if self.banned.contains(name) {
            return say(format!(
                "{name} {version} is banned by deny.toml: find which crate brings it (`cargo tree -i {name}`) and switch that feature off"
            ));
        }
        let source = package.source.as_deref()?;
        if !source.starts_with("registry+") {
            return say(format!("{name} {version} does not come from the registry: use a published version"));
        }
        let Some(licence) = &package.licence else { return say(format!("{name} {version} tells no licence: use another crate")) };
        let fits = |l: &str| self.allowed.iter().any(|a| a == l) || self.exceptions.iter().any(|(n, e)| n == name && e == l);
        if fulfilled(licence, &fits) {
            return None;
        }
        say(format!(
            "{name} {version} has the licence `{licence}`, which deny.toml does not allow: use another crate, or add it there with the reason"
        ))
    }
}

/// An SPDX expression: `OR` needs one of its sides, `AND` both. The old `/` means `OR`.
fn fulfilled(expression: &str, fits: &dyn Fn(&str) -> bool) -> bool {
    let spaced = expression.replace('/', " OR ").replace('(', " ( ").replace(')', " ) ");
    let words: Vec<&str> = spaced.split_whitespace().collect();
    let mut at = 0;
    any(&words, &mut at, fits)
}

fn any(words: &[&str], at: &mut usize, fits: &dyn Fn(&str) -> bool) -> bool {
    let mut ok = every(words, at, fits);
    while words.get(*at) == Some(&"OR") {
        *at += 1;
        let other = every(words, at, fits);
        ok |= other;
    }
    ok
}

fn every(words: &[&str], at: &mut usize, fits: &dyn Fn(&str) -> bool) -> bool {
    let mut ok = one(words, at, fits);
    while words.get(*at) == Some(&"AND") {
        *at += 1;
        let other = one(words, at, fits);
        ok &= other;
    }
    ok
}

fn one(words: &[&str], at: &mut usize, fits: &dyn Fn(&str) -> bool) -> bool {
    let Some(word) = words.get(*at) else { return false };
    *at += 1;
    if *word == "(" {
        let ok = any(words, at, fits);
        *at += 1;
        return ok;
    }
    if words.get(*at) == Some(&"WITH") {
        let whole = format!("{word} WITH {}", words.get(*at + 1).unwrap_or(&""));
        *at += 2;
        return fits(&whole);
    }
    fits(word)
}

fn packages(root: &Path) -> Result<Vec<Package>> {
    let cargo = std::env::var("CARGO").unwrap_or_else(|_| "cargo".into());
    // Linux only: that is what we build and ship, and what is already downloaded.
    let args = ["metadata", "--format-version", "1", "--locked", "--all-features", "--filter-platform", "x86_64-unknown-linux-gnu"];
    let output = Command::new(cargo).args(args).current_dir(root).output().context("running cargo metadata")?;
    if !output.status.success() {
        bail!("cargo metadata: {}", String::from_utf8_lossy(&output.stderr).trim());
    }
    let metadata: Value = serde_json::from_slice(&output.stdout).context("reading what cargo metadata printed")?;
    let text = |v: &Value| v.as_str().map(str::to_string);
    let list = metadata["packages"].as_array().context("cargo metadata lists no packages")?;
    Ok(list
        .iter()
        .map(|p| Package {
            name: text(&p["name"]).unwrap_or_default(),
            version: text(&p["version"]).unwrap_or_default(),
            licence: text(&p["license"]),
            source: text(&p["source"]),
        })
        .collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    const POLICY: &str = "[licenses]\nallow = [\n  \"MIT\", # short\n  \"Apache-2.0\",\n]\nexceptions = [\n  { crate = \"roots\", allow = [\"CDLA-Permissive-2.0\"] },\n]\n[bans]\ndeny = [\n  { crate = \"openssl-sys\", reason = \"TLS is rustls\" },\n]\n";

    fn judge(name: &str, licence: &str) -> Option<String> {
        let source = Some("registry+x".to_string());
        let package = Package { name: name.into(), version: "1.0.0".into(), licence: Some(licence.into()), source };
        Policy::parse(POLICY).judge(&package).map(|f| f.text)
    }

    #[test]
    fn a_banned_crate_is_found() {
        assert!(judge("openssl-sys", "MIT").unwrap().contains("is banned"));
    }

    #[test]
    fn a_licence_expression_is_read_as_spdx_means_it() {
        assert_eq!(judge("a", "GPL-3.0 OR (MIT AND Apache-2.0)"), None);
        assert_eq!(judge("a", "MIT/GPL-3.0"), None);
        assert!(judge("a", "MIT AND GPL-3.0").is_some());
        assert!(judge("a", "Apache-2.0 WITH LLVM-exception").is_some());
    }

    #[test]
    fn an_exception_is_for_one_crate_only() {
        assert_eq!(judge("roots", "CDLA-Permissive-2.0"), None);
        assert!(judge("other", "CDLA-Permissive-2.0").is_some());
    }
}
