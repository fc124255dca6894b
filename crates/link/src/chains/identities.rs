//! What the decompositions of exports must add up to, on random worlds.

use super::borin_mancini::borin_mancini;
use super::kww::kww;
use super::participation::participation;
use super::world::{World, WorldOptions};
use super::wwz::wwz;
use crate::table::fixtures::read;
use proptest::prelude::*;

/// Three regions of two sectors, every output used up.
fn world(cells: &[f64]) -> World {
    let labels = ["a|1", "a|2", "b|1", "b|2", "c|1", "c|2"];
    let mut columns: Vec<&str> = labels.to_vec();
    columns.extend(["a|f", "b", "c|f"]);
    let mut rows: Vec<Vec<f64>> = (0..6).map(|i| cells[i * 9..(i + 1) * 9].to_vec()).collect();
    // Final demand at home leaves value added to every sector.
    (0..6).for_each(|i| rows[i][6 + i / 2] += 60.0);
    let rows: Vec<(&str, &[f64])> = labels.iter().zip(&rows).map(|(label, row)| (*label, &row[..])).collect();
    World::new(&read(&columns, &rows), &WorldOptions::default()).unwrap()
}

proptest! {
    #[test]
    fn parts_add_to_exports(cells in proptest::collection::vec(0.0..9.0f64, 54)) {
        let world = world(&cells);
        let (nine, four, shares) = (kww(&world), borin_mancini(&world).unwrap(), participation(&world));
        for (s, sixteen) in wwz(&world).iter().enumerate() {
            let near = |got: f64, want: f64| assert!((got - want).abs() < 1e-9 * nine[s].exports, "{got} {want}");
            near(nine[s].parts.iter().sum(), nine[s].exports);
            near(four[s].dc + four[s].fc, four[s].exports);
            near(four[s].dva, nine[s].parts[..5].iter().sum());
            near(four[s].dc - four[s].dva, nine[s].parts[5]);
            near(four[s].fc, nine[s].parts[6..].iter().sum());
            near(shares[s].vs, four[s].fc);
            near(shares[s].vax, four[s].vax);
            prop_assert!(four[s].fva <= four[s].fc + 1e-9 && four[s].dva - four[s].vax >= -1e-9);
            for (parts, exports) in sixteen.parts.iter().zip(&sixteen.exports) {
                near(parts.iter().sum(), *exports);
            }
            near(sixteen.exports.iter().sum(), nine[s].exports);
        }
        for j in 0..6 {
            prop_assert!((world.all_content(j) - 1.0).abs() < 1e-12);
        }
    }
}

/// B^(s) of Borin and Mancini by a whole new inverse.
#[test]
fn elimination_is_the_inverse_without_exports_of_inputs() {
    use crate::system::identity_minus;
    use distretto_numerics::Lu;
    let cells: Vec<f64> = (0..54).map(|k| f64::from((k * 7) % 11)).collect();
    let world = world(&cells);
    for (s, parts) in borin_mancini(&world).unwrap().iter().enumerate() {
        let mut a = world.a.clone();
        for i in world.blocks[s].clone() {
            (0..6).filter(|j| !world.blocks[s].contains(j)).for_each(|j| a[(i, j)] = 0.0);
        }
        let b = Lu::new(&identity_minus(&a)).unwrap().inverse();
        let exports = world.exports(s);
        let mut fva = 0.0;
        for i in (0..6).filter(|i| !world.blocks[s].contains(i)) {
            fva += world.v[i] * world.blocks[s].clone().zip(&exports).map(|(j, e)| b[(i, j)] * e).sum::<f64>();
        }
        assert!((fva - parts.fva).abs() < 1e-10, "{fva} {}", parts.fva);
    }
}

#[test]
fn labels_must_name_regions() {
    let says = |columns: &[&str], rows: &[(&str, &[f64])]| {
        World::new(&read(columns, rows), &WorldOptions::default()).unwrap_err().to_string()
    };
    assert!(says(&["a", "f"], &[("a", &[1.0, 9.0])]).contains("region"));
    assert!(says(&["a|1", "a|f"], &[("a|1", &[1.0, 9.0])]).contains("one region"));
    let rows: &[(&str, &[f64])] = &[("a|1", &[1.0, 1.0, 9.0]), ("b|1", &[1.0, 1.0, 9.0])];
    assert!(says(&["a|1", "b|1", "exports"], rows).contains("names no region"));
}
