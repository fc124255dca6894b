//! A look at the page headers of a Parquet file before they are decoded.
//!
//! The decoder of the `parquet` crate (59.3) believes the length that a list in a header claims and goes on past the end
//! of the file, thousands of millions of times. No list can be longer than the bytes behind it, so a file that says so
//! is refused. Everything else that may be wrong is left to the decoder, which finds it.

/// Deepest nesting that is followed; page headers have three levels.
const DEPTH: u8 = 8;

/// Number of the field that holds the size of a page (`PageHeader.compressed_page_size` of `parquet.thrift`).
const PAGE_SIZE: i64 = 3;

/// Why the look ends before the last page.
#[derive(Debug, PartialEq, Eq)]
enum End {
    /// A list claims more elements than there are bytes.
    FalseClaim,
    /// The bytes end, or make no sense: the decoder will say so.
    Unclear,
}

/// Whether no page header in these bytes, the pages of one column, claims a list longer than what follows it.
pub(super) fn are_honest(pages: &[u8]) -> bool {
    let mut compact = Compact { bytes: pages, at: 0 };
    while compact.at < pages.len() {
        let end = compact.header().and_then(|size| compact.pass(size));
        if let Err(end) = end {
            return end != End::FalseClaim;
        }
    }
    true
}

/// Thrift's compact protocol, as far as passing over values needs it.
struct Compact<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl Compact<'_> {
    /// Passes over the header of a page; returns the size of the page.
    fn header(&mut self) -> Result<u64, End> {
        let mut size = None;
        self.fields(0, &mut |id, value| {
            if id == PAGE_SIZE {
                size = u64::try_from(value).ok();
            }
        })?;
        size.ok_or(End::Unclear)
    }

    fn byte(&mut self) -> Result<u8, End> {
        let byte = self.bytes.get(self.at).copied().ok_or(End::Unclear)?;
        self.at += 1;
        Ok(byte)
    }

    fn pass(&mut self, count: u64) -> Result<(), End> {
        let count = usize::try_from(count).map_err(|_| End::Unclear)?;
        self.at = self.at.checked_add(count).filter(|&at| at <= self.bytes.len()).ok_or(End::Unclear)?;
        Ok(())
    }

    fn unsigned(&mut self) -> Result<u64, End> {
        let mut value = 0;
        for shift in (0..64).step_by(7) {
            let byte = self.byte()?;
            value |= u64::from(byte & 0x7f) << shift;
            if byte & 0x80 == 0 {
                return Ok(value);
            }
        }
        Err(End::Unclear)
    }

    fn signed(&mut self) -> Result<i64, End> {
        let value = self.unsigned()?;
        Ok((value >> 1) as i64 ^ -((value & 1) as i64))
    }

    /// Passes over the fields of a structure; `tell` hears of the whole numbers among them.
    fn fields(&mut self, depth: u8, tell: &mut dyn FnMut(i64, i64)) -> Result<(), End> {
        let mut id = 0_i64;
        loop {
            let head = self.byte()?;
            if head & 0x0f == 0 {
                return Ok(());
            }
            id = match head >> 4 {
                0 => self.signed()?,
                step => id.wrapping_add(i64::from(step)),
            };
            match head & 0x0f {
                1 | 2 => {}
                4..=6 => tell(id, self.signed()?),
                kind => self.value(kind, depth + 1)?,
            }
        }
    }

    /// Passes over a value of a kind, outside of a structure a truth too takes a byte.
    fn value(&mut self, kind: u8, depth: u8) -> Result<(), End> {
        if depth > DEPTH {
            return Err(End::Unclear);
        }
        match kind {
            1..=3 => self.pass(1),
            4..=6 => self.unsigned().map(drop),
            7 => self.pass(8),
            8 => {
                let length = self.unsigned()?;
                self.pass(length)
            }
            9 | 10 => {
                let head = self.byte()?;
                let count = if head >> 4 == 15 { self.unsigned()? } else { u64::from(head >> 4) };
                self.claim(count)?;
                (0..count).try_for_each(|_| self.value(head & 0x0f, depth + 1))
            }
            11 => {
                let count = self.unsigned()?;
                self.claim(count)?;
                let kinds = if count > 0 { self.byte()? } else { 0 };
                (0..count).try_for_each(|_| {
                    self.value(kinds >> 4, depth + 1)?;
                    self.value(kinds & 0x0f, depth + 1)
                })
            }
            12 => self.fields(depth, &mut |_, _| {}),
            13 => self.pass(16),
            _ => Err(End::Unclear),
        }
    }

    /// Every element takes a byte at least.
    fn claim(&self, count: u64) -> Result<(), End> {
        if count > (self.bytes.len() - self.at) as u64 { Err(End::FalseClaim) } else { Ok(()) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Fields 1 to 3 of a page header: its type, its size unpacked (5), its size (2).
    const HEAD: [u8; 6] = [0x15, 0, 0x15, 10, 0x15, 4];

    #[test]
    fn pages_are_passed_over_by_their_size() {
        // A structure with a list of two truths, the end, and the two bytes of the page; twice.
        let page = [&HEAD[..], &[0x2c, 0x19, 0x21, 1, 2, 0, 0, 0xff, 0xff]].concat();
        assert!(are_honest(&[page.clone(), page.clone()].concat()));
        assert!(are_honest(&page[..page.len() - 1]));
        assert!(are_honest(&[]));
    }

    #[test]
    fn a_list_longer_than_the_file_is_found_out() {
        for list in [[0x19, 0xf1], [0x1a, 0xf3], [0x19, 0xfc]] {
            let page = [&HEAD[..], &list, &[0xff, 0xff, 0xff, 0xff, 7, 0, 0]].concat();
            assert!(!are_honest(&page), "{list:x?}");
        }
        let map = [&HEAD[..], &[0x1b, 0xff, 0xff, 0x7f, 0x33, 0]].concat();
        assert!(!are_honest(&map));
    }
}
