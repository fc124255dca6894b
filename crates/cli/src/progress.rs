//! The progress bar: on standard error, only where somebody looks.

use clap::ArgMatches;
use distretto_core::Progress;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use std::io::IsTerminal;

/// A bar that shows the step in hand.
pub struct Bar {
    bar: ProgressBar,
}

impl Bar {
    /// A bar, hidden with `--quiet`, `--no-progress` or where standard error is no terminal.
    pub fn new(matches: &ArgMatches) -> Self {
        let hidden = matches.get_flag("quiet") || matches.get_flag("no-progress") || !std::io::stderr().is_terminal();
        let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::hidden());
        if !hidden {
            bar.set_draw_target(ProgressDrawTarget::stderr());
        }
        if let Ok(style) = ProgressStyle::with_template("{msg:24!} {bar:32} {percent:>3} % {eta:>6}") {
            bar.set_style(style);
        }
        Self { bar }
    }

    /// Prints a line above the bar.
    pub fn line(&self, line: &str) {
        self.bar.suspend(|| crate::ending::say(line));
    }
}

impl Progress for Bar {
    fn begin(&self, step: &str, units: u64) {
        self.bar.reset();
        self.bar.set_length(units);
        self.bar.set_message(step.to_owned());
    }

    fn advance(&self, units: u64) {
        self.bar.inc(units);
    }
}

impl Drop for Bar {
    fn drop(&mut self) {
        self.bar.finish_and_clear();
    }
}
