//! Decoders of other people that panic on damaged files.

use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind, set_hook, take_hook};
use std::sync::Once;

thread_local! {
    /// Whether a panic on this thread is about to be caught.
    static CONTAINED: Cell<bool> = const { Cell::new(false) };
}

static HOOK: Once = Once::new();

/// Calls a foreign decoder; a panic of it, which fuzzing finds in some on damaged files, comes back as `None` and is not
/// announced on standard error. Our own code stays outside, so that its panics are seen.
pub(crate) fn contained<T>(decode: impl FnOnce() -> T) -> Option<T> {
    HOOK.call_once(|| {
        let announce = take_hook();
        set_hook(Box::new(move |panic| {
            if !CONTAINED.get() {
                announce(panic);
            }
        }));
    });
    let before = CONTAINED.replace(true);
    // What a panic leaves half done is dropped with the file.
    let result = catch_unwind(AssertUnwindSafe(decode));
    CONTAINED.set(before);
    result.ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_comes_back_as_nothing() {
        assert_eq!(contained(|| 3), Some(3));
        assert_eq!(contained(|| -> u8 { panic!("damaged") }), None);
        assert!(!CONTAINED.get());
    }
}
