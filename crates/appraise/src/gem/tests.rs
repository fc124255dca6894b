use super::*;

#[test]
fn gains_are_the_slope() {
    let v = [3.0, 5.0, 7.0, 2.0, 4.0, 9.0];
    let found = gem(v);
    for i in 0..6 {
        let mut up = v;
        up[i] += 1e-6;
        assert!(((gem(up).gem - found.gem) / 1e-6 - found.gains[i]).abs() < 1e-4);
    }
    assert_eq!(PAIRS[found.weakest], "groundings");
}

#[test]
fn a_diamond_by_hand() {
    // (6·8 + 8·5 + 5·7 + 7·6)/400 = 165/400.
    let (area, balance) = diamond([6.0, 8.0, 5.0, 7.0]);
    assert!((area - 0.4125).abs() < 1e-15 && (balance - 0.625).abs() < 1e-15);
}

#[test]
fn an_expert_who_leaves_moves_ranks() {
    use distretto_core::{Context, Inputs, OptionValues, Table};
    let text = |cells: &[&str]| cells.iter().map(Some).collect();
    // A judged 1 by one expert and 10 by the other, B 5 by both: without either the order turns or stands.
    let column = || vec![1.0, 10.0, 5.0, 5.0];
    let table = Table::empty().with_text("unit", text(&["A", "A", "B", "B"]));
    let table = table.with_text("expert", text(&["e1", "e2", "e1", "e2"]));
    let table = DETERMINANTS.iter().fold(table, |table, name| table.with_numbers(name, column()));
    let inputs = Inputs::default().with_table("scores", table);
    let found = (ESTIMAND.run)(&inputs, &OptionValues::new(), &Context::with_seed(1)).unwrap();
    let scores = found.table("scores").unwrap();
    assert_eq!(scores.numbers("rank_low"), Some(&[1.0, 1.0][..]));
    assert_eq!(scores.numbers("rank_high"), Some(&[2.0, 2.0][..]));
    // 2.5 (2·2·2)^(2/3) = 10 and 2.5 (20·20·20)^(2/3) = 1000.
    let ends = |name: &str| scores.numbers(name).unwrap()[0];
    assert!((ends("gem_low") - 10.0).abs() < 1e-9 && (ends("gem_high") - 1000.0).abs() < 1e-9);
}
