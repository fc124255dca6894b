//! Millions of things in the order of what they belong to: counted into place, keys a part at a time, so that what is
//! counted fits the caches and parts go side by side.

use rayon::prelude::*;

/// Most parts.
const PARTS: usize = 16;
/// Things for which a part is worth its pass over all of them.
const WORTH: usize = 1 << 17;

/// Things of keys below `n`, those of one key in the order in which they come: those of key k are
/// `things[starts[k]..starts[k + 1]]`. `of` goes through (key, thing), `count` at most, once for each part; `tidy` may
/// change the order within a key.
pub(crate) fn grouped<T, I>(
    n: usize,
    count: usize,
    of: impl Fn() -> I + Sync,
    tidy: impl Fn(&mut [T]) + Sync,
) -> (Vec<usize>, Vec<T>)
where
    T: Copy + Default + Send + Sync,
    I: Iterator<Item = (u32, T)>,
{
    let width = n.div_ceil((count / WORTH).clamp(1, PARTS)).max(1);
    let part = |first: usize| {
        let keys = first..n.min(first + width);
        let here: Vec<(u32, T)> = of().filter(|&(key, _)| keys.contains(&(key as usize))).collect();
        let mut starts = vec![0; keys.len() + 1];
        here.iter().for_each(|&(key, _)| starts[key as usize - first + 1] += 1);
        (0..keys.len()).for_each(|k| starts[k + 1] += starts[k]);
        let (mut next, mut things) = (starts.clone(), vec![T::default(); here.len()]);
        for (key, thing) in here {
            let at = &mut next[key as usize - first];
            things[*at] = thing;
            *at += 1;
        }
        starts.windows(2).for_each(|pair| tidy(&mut things[pair[0]..pair[1]]));
        (starts, things)
    };
    let parts: Vec<(Vec<usize>, Vec<T>)> =
        (0..n.div_ceil(width)).into_par_iter().with_max_len(1).map(|k| part(k * width)).collect();
    let mut starts = Vec::with_capacity(n + 1);
    let mut things = Vec::with_capacity(parts.iter().map(|(_, things)| things.len()).sum());
    starts.push(0);
    for (ends, part) in parts {
        let before = things.len();
        starts.extend(ends[1..].iter().map(|end| before + end));
        things.extend(part);
    }
    (starts, things)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_make_no_difference() {
        // By hand: keys 2, 0, 2, 1 with things 5, 6, 4, 7.
        let few = [(2, 5), (0, 6), (2, 4), (1, 7)];
        assert_eq!(grouped(4, 4, || few.iter().copied(), |_| ()), (vec![0, 1, 2, 4, 4], vec![6, 7, 5, 4]));
        assert_eq!(grouped(4, 4, || few.iter().copied(), |part: &mut [i32]| part.sort()).1, [6, 7, 4, 5]);
        let many: Vec<(u32, u32)> = (0..5 * WORTH as u32).map(|k| (k.wrapping_mul(2_654_435_761) % 1_000, k)).collect();
        let (starts, things) = grouped(1_000, many.len(), || many.iter().copied(), |_| ());
        let mut sorted = many.clone();
        sorted.sort_by_key(|&(key, _)| key);
        assert!(things.iter().eq(sorted.iter().map(|(_, thing)| thing)));
        assert!((0..1_000).all(|k| sorted[starts[k]..starts[k + 1]].iter().all(|&(key, _)| key == k as u32)));
    }

    #[test]
    fn nothing_is_nothing() {
        assert_eq!(grouped(0, 0, std::iter::empty::<(u32, u8)>, |_| ()), (vec![0], vec![]));
    }
}
