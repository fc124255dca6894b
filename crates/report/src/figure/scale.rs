//! From values to pixels, and the ticks between.

use crate::number;

/// An axis: values from `low` to `high` onto pixels from `start` to `end`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Scale {
    low: f64,
    high: f64,
    start: f64,
    end: f64,
    log: bool,
    /// Whether what is measured comes in whole numbers, and ticks between them would say nothing.
    whole: bool,
}

impl Scale {
    /// A linear axis widened to round ticks.
    pub(crate) fn linear(low: f64, high: f64, start: f64, end: f64) -> Self {
        Self::exact(low, high, start, end).widened()
    }

    /// The same for values of which all are whole: so are the ticks.
    pub(crate) fn counted(low: f64, high: f64, start: f64, end: f64) -> Self {
        Self { whole: true, ..Self::exact(low, high, start, end) }.widened()
    }

    /// A linear axis that ends where it is told to.
    pub(crate) fn exact(low: f64, high: f64, start: f64, end: f64) -> Self {
        Self { low, high, start, end, log: false, whole: false }
    }

    /// The same for values of which all are whole.
    pub(crate) fn exact_counted(low: f64, high: f64, start: f64, end: f64) -> Self {
        Self { whole: true, ..Self::exact(low, high, start, end) }
    }

    fn widened(self) -> Self {
        let around = if self.whole { 1.0 } else { 0.5 };
        let (low, high) =
            if self.low < self.high { (self.low, self.high) } else { (self.low - around, self.high + around) };
        let step = Self { low, high, ..self }.step();
        Self { low: (low / step + 1e-9).floor() * step, high: (high / step - 1e-9).ceil() * step, ..self }
    }

    /// Between two ticks of a linear axis.
    fn step(&self) -> f64 {
        match nice_step(self.high - self.low, 5.0) {
            step if self.whole && step < 2.0 => 1.0,
            // 2.5: more ticks are better than hardly any.
            step if self.whole && step < 5.0 => 2.0,
            step => step,
        }
    }

    /// A logarithmic axis widened to 1, 2 or 5 times a power of ten.
    pub(crate) fn log(low: f64, high: f64, start: f64, end: f64) -> Self {
        let ladder = |value: f64, up: bool| {
            let base = 10_f64.powf(value.log10().floor());
            let steps = [1.0, 2.0, 5.0, 10.0].map(|step| step * base);
            let inside = |step: &&f64| if up { **step >= value * (1.0 - 1e-9) } else { **step <= value * (1.0 + 1e-9) };
            let mut found = steps.iter().filter(inside).copied();
            (if up { found.next() } else { found.next_back() }).unwrap_or(value)
        };
        let (low, high) = (ladder(low, false), ladder(high, true));
        Self { low, high: if high > low { high } else { 10.0 * low }, start, end, log: true, whole: false }
    }

    /// The pixel of a value.
    pub(crate) fn at(&self, value: f64) -> f64 {
        let share = if self.log {
            (value / self.low).ln() / (self.high / self.low).ln()
        } else {
            (value - self.low) / (self.high - self.low)
        };
        self.start + share * (self.end - self.start)
    }

    /// The pixel of a value, kept within the axis; the flag says whether it was cut.
    pub(crate) fn clamped(&self, value: f64) -> (f64, bool) {
        let cut = value < self.low || value > self.high || (self.log && value <= 0.0);
        (self.at(value.clamp(self.low, self.high)), cut)
    }

    /// Whether the axis is logarithmic.
    pub(crate) fn is_log(&self) -> bool {
        self.log
    }

    /// Round values with their words.
    pub(crate) fn ticks(&self) -> Vec<(f64, String)> {
        let values = if self.log { self.log_ticks() } else { self.linear_ticks() };
        let step = values.windows(2).map(|pair| pair[1] - pair[0]).fold(f64::INFINITY, f64::min);
        let word = |value: f64| {
            if self.log {
                return (value, number::typographic(&number::trimmed(&number::significant(value, 4))));
            }
            let decimals = if step.is_finite() { decimals(step) } else { 0 };
            let value = if value.abs() < step * 1e-6 { 0.0 } else { value };
            (value, number::typographic(&number::fixed(value, decimals)))
        };
        values.into_iter().map(word).collect()
    }

    fn linear_ticks(&self) -> Vec<f64> {
        let step = self.step();
        let first = (self.low / step - 1e-9).ceil();
        (0..24).map(|i| (first + f64::from(i)) * step).take_while(|&v| v <= self.high + 1e-9 * step).collect()
    }

    fn log_ticks(&self) -> Vec<f64> {
        let decades = (self.high / self.low).log10();
        let steps: &[f64] = if decades > 4.0 { &[1.0] } else { &[1.0, 2.0, 5.0] };
        let first = self.low.log10().floor() as i32;
        let all = (first..first + 40).flat_map(|e| steps.iter().map(move |step| step * 10_f64.powi(e)));
        let inside = |v: &f64| (self.low * (1.0 - 1e-9)..=self.high * (1.0 + 1e-9)).contains(v);
        all.filter(inside).collect()
    }
}

/// Decimals that tell ticks of a step from one another: 2.5 and 0.25 need one more than 2 and 0.2.
fn decimals(step: f64) -> usize {
    let least = (-step.log10().floor()).clamp(0.0, 8.0) as usize;
    let scaled = step * 10_f64.powi(least as i32);
    if (scaled - scaled.round()).abs() > 1e-6 { least + 1 } else { least }
}

/// The step among 1, 2, 2.5, 5 times a power of ten that gives about so many ticks.
pub(crate) fn nice_step(range: f64, ticks: f64) -> f64 {
    let rough = (range / ticks).max(f64::MIN_POSITIVE);
    let base = 10_f64.powf(rough.log10().floor());
    let step = [1.0, 2.0, 2.5, 5.0, 10.0].into_iter().find(|step| step * base >= rough * (1.0 - 1e-9));
    step.unwrap_or(10.0) * base
}

/// Whether all finite values are whole, and there are some.
pub(crate) fn all_whole(values: impl IntoIterator<Item = f64>) -> bool {
    let mut finite = values.into_iter().filter(|v| v.is_finite()).peekable();
    finite.peek().is_some() && finite.all(|v| v.trunc() == v)
}

/// Smallest and largest finite value.
pub(crate) fn range(values: impl IntoIterator<Item = f64>) -> Option<(f64, f64)> {
    values.into_iter().filter(|v| v.is_finite()).fold(None, |range, v| {
        let (low, high) = range.unwrap_or((v, v));
        Some((f64::min(low, v), f64::max(high, v)))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ticks_are_round() {
        let words = |scale: Scale| scale.ticks().into_iter().map(|(_, word)| word).collect::<Vec<_>>();
        assert_eq!(words(Scale::linear(0.0, 0.93, 0.0, 1.0)), ["0.0", "0.2", "0.4", "0.6", "0.8", "1.0"]);
        assert_eq!(
            words(Scale::linear(-20_399.0, 10_408.0, 0.0, 1.0)),
            ["−30,000", "−20,000", "−10,000", "0", "10,000", "20,000"]
        );
        assert_eq!(words(Scale::linear(0.0, 12.0, 0.0, 1.0)), ["0.0", "2.5", "5.0", "7.5", "10.0", "12.5"]);
        assert_eq!(words(Scale::linear(0.5, 1.75, 0.0, 1.0)), ["0.50", "0.75", "1.00", "1.25", "1.50", "1.75"]);
        assert_eq!(words(Scale::linear(0.0, 10.0, 0.0, 1.0))[1], "2");
        // Nobody has half a firm.
        assert_eq!(words(Scale::counted(0.0, 12.0, 0.0, 1.0)), ["0", "2", "4", "6", "8", "10", "12"]);
        assert_eq!(words(Scale::exact_counted(1.0, 12.0, 0.0, 1.0)), ["2", "4", "6", "8", "10", "12"]);
        assert_eq!(words(Scale::counted(3.0, 5.0, 0.0, 1.0)), ["3", "4", "5"]);
        assert_eq!(words(Scale::counted(2.0, 2.0, 0.0, 1.0)), ["1", "2", "3"]);
        assert_eq!(words(Scale::counted(0.0, 120.0, 0.0, 1.0)), words(Scale::linear(0.0, 120.0, 0.0, 1.0)));
        assert_eq!(words(Scale::log(0.6, 56.2, 0.0, 1.0)), ["0.5", "1", "2", "5", "10", "20", "50", "100"]);
    }

    #[test]
    fn values_meet_their_pixels() {
        assert_eq!(Scale::exact(0.0, 10.0, 100.0, 200.0).at(5.0), 150.0);
        assert_eq!(Scale::log(1.0, 100.0, 0.0, 100.0).at(10.0), 50.0);
        assert!(Scale::log(1.0, 100.0, 0.0, 100.0).clamped(0.0).1);
    }
}
