//! The commands (CONTRACT §1), one a file.

pub mod conformance;
pub mod demo;
pub mod doctor;
pub mod forecast;
pub mod import;
pub mod init;
pub mod read;
pub mod serve;
pub mod simulate;

use clap::{Parser, Subcommand};

#[derive(Parser)]
#[command(name = "whereabouts", version, about = "Where is my order? Answered before it is asked.", arg_required_else_help = true)]
pub struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// A living demo: a sample retailer whose parcels move on their own
    Demo(demo::Demo),
    /// The product
    Serve(serve::Serve),
    /// Create a retailer with a brand, an administrator and an API key in a database
    Init(init::Init),
    /// Take in orders, shipments, tracking events or contacts from a file (CSV or JSON Lines)
    Import(import::Import),
    /// Check configuration, database, mail, domains and clocks, and say what to do about each fault
    Doctor(doctor::Doctor),
    /// Forecasts of arrival and lateness, tried on past orders
    Forecast(forecast::Forecast),
    /// A world of parcels and carriers that does not exist, written to a file or told to a server
    Simulate(Box<simulate::Simulate>),
    /// Print the description of the API (OpenAPI 3.1)
    Openapi,
    /// Read one carrier payload and print its tracking events
    Parse(read::Parse),
    /// Say which carrier's payload each file is
    Detect(read::Detect),
    /// Say which carriers a tracking number may belong to
    Recognise(read::Recognise),
    Conformance(conformance::Conformance),
}

/// Why a command did not do it.
#[derive(Debug)]
pub enum Failure {
    BadArguments(String),
    BadInput(String),
    Other(String),
}

impl Failure {
    /// What is wrong with the arguments, without the usage: that is what `--help` is for.
    pub fn of_arguments(error: &clap::Error) -> Failure {
        if error.kind() == clap::error::ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand {
            return Failure::BadArguments("a command is needed; `--help` lists them".into());
        }
        let text = error.render().to_string();
        let said: Vec<&str> = text
            .lines()
            .map(|line| line.trim().trim_start_matches("error: "))
            .take_while(|line| !line.starts_with("Usage: ") && !line.starts_with("For more information"))
            .filter(|line| !line.is_empty())
            .collect();
        Failure::BadArguments(format!("{}; `--help` says more", said.join(" ")))
    }
}

impl From<crate::db::DbError> for Failure {
    fn from(error: crate::db::DbError) -> Failure {
        match error {
            crate::db::DbError::Address(_) => Failure::BadArguments(error.to_string()),
            other => Failure::Other(crate::chain::of(&other)),
        }
    }
}

impl From<crate::flow::FlowError> for Failure {
    fn from(error: crate::flow::FlowError) -> Failure {
        Failure::Other(crate::chain::of(&error))
    }
}

impl From<std::io::Error> for Failure {
    fn from(error: std::io::Error) -> Failure {
        Failure::Other(error.to_string())
    }
}

impl Cli {
    pub fn run(self) -> Result<(), Failure> {
        match self.command {
            Command::Demo(demo) => on_runtime(demo.run()),
            Command::Serve(serve) => on_runtime(serve.run()),
            Command::Init(init) => on_runtime(init.run()),
            Command::Import(import) => on_runtime(import.run()),
            Command::Doctor(doctor) => on_runtime(doctor.run()),
            Command::Forecast(forecast) => forecast.run(),
            Command::Simulate(simulate) => on_runtime(simulate.run()),
            Command::Openapi => say(crate::web::openapi::text().trim_end()),
            Command::Parse(parse) => parse.run(),
            Command::Detect(detect) => detect.run(),
            Command::Recognise(recognise) => recognise.run(),
            Command::Conformance(conformance) => conformance.run(),
        }
    }
}

/// Runs a command that needs the network or a database.
fn on_runtime(work: impl Future<Output = Result<(), Failure>>) -> Result<(), Failure> {
    // SQLite reads on the thread that asks, which may have to wait for the disk: more threads than processors, so that others go on.
    let threads = 2 * std::thread::available_parallelism().map_or(1, usize::from);
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(threads).enable_all().build()?;
    let done = runtime.block_on(work);
    // Connections of people who never hang up must not keep the process.
    runtime.shutdown_timeout(std::time::Duration::from_millis(500));
    done
}

/// Prints a line; a reader that has gone away is not an error.
pub fn say(line: &str) -> Result<(), Failure> {
    use std::io::Write;
    match writeln!(std::io::stdout().lock(), "{line}") {
        Err(e) if e.kind() == std::io::ErrorKind::BrokenPipe => Ok(()),
        other => other.map_err(Failure::from),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_wrong_with_the_arguments_is_one_line() {
        let said = |arguments: &[&str]| {
            let wrong = Cli::try_parse_from([&["whereabouts"], arguments].concat()).err().expect("wrong arguments");
            match Failure::of_arguments(&wrong) {
                Failure::BadArguments(line) => line,
                other => panic!("{other:?}"),
            }
        };
        for (arguments, named) in [
            (&[][..], "a command is needed"),
            (&["forecast"], "a command is needed"),
            (&["frobnicate"], "'frobnicate'"),
            (&["init", "--database", "sqlite:x.db"], "--retailer <RETAILER> --email <EMAIL>"),
            (&["parse", "--carrier", "ups", "--bogus"], "'--bogus'"),
            (
                &["import", "dogs", "f", "--database", "sqlite:x.db", "--retailer", "r"],
                "[possible values: orders, shipments, events, contacts]",
            ),
            (&["simulate", "--days", "x"], "'x'"),
        ] {
            let line = said(arguments);
            assert!(line.contains(named) && !line.contains('\n') && !line.contains("Usage"), "{line}");
        }
    }
}
