//! A background program that cannot outlive us. A small shell holds the other end of a pipe; when the pipe closes, because
//! we are done or because we were killed in whatever way, it stops the program and then cleans up.

use std::{
    fs::File,
    path::Path,
    process::{Child, Command, Stdio},
};

use anyhow::{Context as _, Result};

/// Arguments: the folder to remove at the end or nothing, the signal, the program and its arguments. An interrupt goes to
/// the whole terminal; the shell catches it so that it lives long enough to clean up. (Ignored, it would be ignored by
/// the program too.)
const SCRIPT: &str = r#"
trap : INT TERM HUP
remove=$1; signal=$2; shift 2
"$@" </dev/null &
pid=$!
cat >/dev/null
kill -s "$signal" "$pid" 2>/dev/null
while kill -s 0 "$pid" 2>/dev/null; do wait "$pid" 2>/dev/null; done
[ -z "$remove" ] || rm -rf -- "$remove"
"#;

pub struct Guarded {
    shell: Child,
}

impl Guarded {
    /// Starts `program`, with what it prints going to `log`. When the value is dropped the program gets `signal`, is
    /// waited for, and `remove` is deleted.
    pub fn start(program: &[String], signal: &str, remove: Option<&Path>, log: &Path) -> Result<Guarded> {
        let out = File::create(log).with_context(|| format!("creating {}", log.display()))?;
        let err = out.try_clone().context("sharing the log")?;
        let shell = Command::new("sh")
            .args(["-c", SCRIPT, "guard"])
            .arg(remove.unwrap_or(Path::new("")))
            .arg(signal)
            .args(program)
            .stdin(Stdio::piped())
            .stdout(out)
            .stderr(err)
            .spawn()
            .context("starting sh")?;
        Ok(Guarded { shell })
    }
}

impl Drop for Guarded {
    fn drop(&mut self) {
        drop(self.shell.stdin.take());
        let _ = self.shell.wait();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_guarded_program_ends_and_its_folder_goes_when_the_guard_is_dropped() {
        let home = tempfile::tempdir().unwrap();
        let folder = home.path().join("data");
        std::fs::create_dir(&folder).unwrap();
        let program = ["sleep".to_string(), "60".to_string()];
        let guard = Guarded::start(&program, "TERM", Some(&folder), &home.path().join("log")).unwrap();
        drop(guard);
        assert!(!folder.exists());
    }
}
