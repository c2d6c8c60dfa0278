//! The binary: arguments in, exit codes out. 0 done, 2 bad arguments, 3 bad input, 1 anything else.

use std::process::ExitCode;

use clap::Parser;
use whereabouts_server::cli::{Cli, Failure};

fn main() -> ExitCode {
    let done = match Cli::try_parse() {
        Ok(cli) => cli.run(),
        // Help and version were asked for.
        Err(asked) if !asked.use_stderr() => asked.exit(),
        Err(wrong) => Err(Failure::of_arguments(&wrong)),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            // One clear line, never a backtrace; what a command found wrong with its input may already have been printed.
            let (code, line) = match failure {
                Failure::BadArguments(line) => (2, line),
                Failure::BadInput(line) => (3, line),
                Failure::Other(line) => (1, line),
            };
            eprintln!("whereabouts: {}", line.replace('\n', " "));
            ExitCode::from(code)
        }
    }
}
