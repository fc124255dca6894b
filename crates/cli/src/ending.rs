//! How a command ends, and what it prints when it does not end well.

use distretto_core::{Fault, FaultKind};
use serde_json::json;
use std::process::ExitCode;

/// Most faults of one study that are told.
const MOST: usize = 20;

/// Why a command did not print its result.
#[derive(Debug)]
pub enum Ending {
    /// The input is wrong, or the result does not exist: status 1.
    Faults(Vec<Fault>),
    /// The command line is wrong: status 2.
    Usage {
        /// What is wrong.
        message: String,
        /// What to do.
        hint: String,
    },
    /// The reader of our output went away (`| head`): nobody is left to tell.
    Unheard,
}

impl From<Fault> for Ending {
    fn from(fault: Fault) -> Self {
        Self::Faults(vec![fault])
    }
}

impl Ending {
    /// A wrong command line.
    pub fn usage(message: impl Into<String>, hint: impl Into<String>) -> Self {
        Self::Usage { message: message.into(), hint: hint.into() }
    }

    /// Prints what went wrong, as JSON too when the user asked for JSON, and says the exit status.
    pub fn close(self, json: bool) -> ExitCode {
        match self {
            Self::Unheard => ExitCode::SUCCESS,
            Self::Faults(faults) => {
                faults.iter().take(MOST).for_each(|fault| tell(fault, json));
                if faults.len() > MOST {
                    say(&format!("error: and {} more", faults.len() - MOST));
                }
                let usage = faults.iter().any(|fault| fault.kind() == FaultKind::Usage);
                ExitCode::from(if usage { 2 } else { 1 })
            }
            Self::Usage { message, hint } => {
                say(&format!("error: {message}"));
                say(&format!("hint: {hint}"));
                if json {
                    say(&json!({ "error": { "kind": "usage", "message": message, "hint": hint } }).to_string());
                }
                ExitCode::from(2)
            }
        }
    }
}

fn tell(fault: &Fault, json: bool) {
    say(&format!("error: {fault}"));
    if let Some(hint) = fault.hint() {
        say(&format!("hint: {hint}"));
    }
    if json {
        say(&json!({ "error": fault }).to_string());
    }
}

/// A line on standard error; when nobody reads it there is nothing left to do.
pub fn say(line: &str) {
    use std::io::Write;
    let _ = writeln!(std::io::stderr().lock(), "{line}");
}
