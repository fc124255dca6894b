//! The vocabulary of Distretto.
//!
//! Everything that two crates say to one another is said in the words of this crate: a [`Table`] of typed
//! columns, a [`RegionMap`] of outlines, an [`Outcome`] with its [`Provenance`], a [`Message`] whose wording a
//! catalogue holds, a [`Fault`] that points at the datum that is wrong, and the [`Estimand`] row by which a method
//! enters the command line, the study runner and `distretto list`. No algorithm and no input or output lives here.
//!
//! Read in this order: [`table`](Table), [`fault`](Fault), [`outcome`](Outcome), [`message`](Message),
//! [`options`](parse_options), [`estimand`](Estimand), [`figure`](FigureSpec).

mod document;
mod estimand;
mod fault;
mod figure;
mod map;
mod message;
mod options;
mod outcome;
mod table;
mod text;

pub use document::Document;
pub use estimand::{
    Column, ColumnKind, Compute, Context, Engine, Estimand, Focus, Given, Input, InputData, InputKind, Inputs,
    LongForm, MatrixForm, OptionValues, Place, Plan, Progress, Silent, TableSpec,
};
pub use fault::{Fault, FaultKind};
pub use figure::{FigureKind, FigureSpec};
pub use map::{Region, RegionMap, Ring};
pub use message::{Arg, Message};
pub use options::{OptionKind, OptionSpec, narrowed, nearest, option_specs, options_record, parse_options};
pub use outcome::{InputRecord, Outcome, Provenance, Scalar};
pub use table::{Field, Intervals, Lines, Origin, Table, TableError, Values};
pub use text::{Text, TextBuilder};
