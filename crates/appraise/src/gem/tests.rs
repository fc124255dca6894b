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
