use super::*;
use proptest::prelude::*;

proptest! {
    #[test]
    fn quantities_and_rates_make_the_saving(cells in proptest::collection::vec(0.0..100.0f64, 4..40)) {
        let items: Vec<CostItem> = cells
            .chunks_exact(4)
            .map(|c| CostItem { quantity_inside: c[0], rate_inside: c[1], quantity_outside: c[2], rate_outside: c[3] })
            .collect();
        let found = split(&items);
        prop_assert!((found.quantity_effect + found.rate_effect - found.saving).abs() <= 1e-12 * (1.0 + found.outside + found.inside));
    }
}
