//! What the tests need beside Rust and a C compiler. Prints what it would install and why, then does it; quick and silent
//! in effect when everything is there.

use std::{
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Result, bail};

use crate::{
    command::{self, is_root, on_path},
    postgres,
};

struct Package {
    name: &'static str,
    why: &'static str,
    is_there: fn() -> bool,
}

const PACKAGES: &[Package] = &[
    Package { name: "postgresql", why: "the suite runs on both databases", is_there: || postgres::programs().is_some() },
    Package { name: "chromium", why: "the browser gate looks at the pages", is_there: || on_path("chromium") },
    Package { name: "fonts-liberation", why: "pages measured with real Latin letters", is_there: || is_installed("fonts-liberation") },
    Package { name: "fonts-noto-core", why: "pages measured in every script we speak", is_there: || is_installed("fonts-noto-core") },
    Package { name: "nodejs", why: "drives the browser, checks our scripts' types", is_there: || on_path("node") },
    Package { name: "npm", why: "fetches axe, the browser driver and the type checker", is_there: || on_path("npm") },
    Package {
        name: "openssh-server",
        why: "files are fetched from a real SFTP server",
        is_there: || Path::new("/usr/sbin/sshd").is_file() || on_path("sshd"),
    },
    Package { name: "openssh-client", why: "files are sent by the SFTP program that everybody has", is_there: || on_path("sftp") },
    Package { name: "python3-venv", why: "a folder of its own for the mail server of the tests", is_there: has_venv },
];

/// A mail server that keeps what it is sent: mail is tested over a real connection.
const MAIL_SERVER: &str = "aiosmtpd==1.4.6";

pub fn run(root: &Path) -> Result<()> {
    let missing: Vec<&Package> = PACKAGES.iter().filter(|p| !(p.is_there)()).collect();
    if missing.is_empty() {
        println!("setup: every Debian package is there");
    } else {
        println!("setup: installing from Debian");
        for package in &missing {
            println!("  {:<18} {}", package.name, package.why);
        }
        install(&missing.iter().map(|p| p.name).collect::<Vec<_>>())?;
    }
    mail_server(root)
}

fn install(names: &[&str]) -> Result<()> {
    if !is_root() {
        bail!("setup needs root for this: sudo apt-get update && sudo apt-get install -y --no-install-recommends {}", names.join(" "));
    }
    let apt = || {
        let mut apt = Command::new("apt-get");
        apt.env("DEBIAN_FRONTEND", "noninteractive");
        apt
    };
    command::run(apt().args(["update", "-qq"]))?;
    command::run(apt().args(["install", "-y", "-qq", "--no-install-recommends"]).args(names))
}

fn mail_server(root: &Path) -> Result<()> {
    let venv = mail_server_home(root);
    if venv.join("bin/aiosmtpd").is_file() {
        return Ok(());
    }
    println!("setup: {MAIL_SERVER} into {} (mail is tested over a real connection)", venv.display());
    command::run(Command::new(python()).args(["-m", "venv"]).arg(&venv))?;
    command::run(Command::new(venv.join("bin/pip")).args(["install", "--quiet", "--disable-pip-version-check", MAIL_SERVER]))
}

/// Where the mail server's `bin/aiosmtpd` stands; the tests find it there too.
pub fn mail_server_home(root: &Path) -> PathBuf {
    command::target(root).join("tools/mail")
}

/// Debian's own, to which python3-venv belongs; a machine may have another one first on its path.
fn python() -> &'static str {
    if Path::new("/usr/bin/python3").is_file() { "/usr/bin/python3" } else { "python3" }
}

fn has_venv() -> bool {
    Command::new(python()).args(["-c", "import venv, ensurepip"]).output().is_ok_and(|o| o.status.success())
}

fn is_installed(name: &str) -> bool {
    let status = Command::new("dpkg-query").args(["-W", "-f=${Status}", name]).output();
    status.is_ok_and(|o| String::from_utf8_lossy(&o.stdout).contains("ok installed"))
}
