//! A study file, from plan to report folder.
