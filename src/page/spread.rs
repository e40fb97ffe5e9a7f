//! Measured numbers in a correction. Another run measures slightly other numbers, so a correction states a rounded range, and
//! holds as long as the numbers are in it.

use std::sync::LazyLock;

use regex::Regex;

use super::words::one_line;
use crate::model::observed::Measured;
use crate::text::pattern::known;

/// How much wider than the measured numbers a stated range is.
const MARGIN: f64 = 0.1;
/// Number of significant digits of a stated bound.
const DIGITS: i32 = 2;

/// The range of the numbers of one name.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Spread {
    name: String,
    low: f64,
    high: f64,
}

impl Spread {
    /// The range of the measured numbers; `None` without a number.
    pub(super) fn of<'a>(numbers: impl IntoIterator<Item = &'a Measured>) -> Option<Self> {
        let numbers: Vec<&Measured> = numbers.into_iter().filter(|number| number.value.is_finite()).collect();
        let values = || numbers.iter().map(|number| number.value);
        let name = one_line(&numbers.first()?.name);
        Some(Spread { name, low: values().fold(f64::INFINITY, f64::min), high: values().fold(f64::NEG_INFINITY, f64::max) })
    }

    /// The ranges that a note states, in its order.
    pub(super) fn stated(note: &str) -> Vec<Self> {
        static RANGE: LazyLock<Regex> = LazyLock::new(|| {
            known(r"(?i)\bmeasured [`‘]*(?<name>[^`‘’]+?)[`’]* is between (?<low>-?\d+(?:\.\d+)?) and (?<high>-?\d+(?:\.\d+)?)")
        });
        let note = one_line(note);
        let number = |text: &str| text.parse().unwrap_or(f64::NAN);
        let spread = |found: regex::Captures<'_>| Spread {
            name: found["name"].trim().to_owned(),
            low: number(&found["low"]),
            high: number(&found["high"]),
        };
        RANGE.captures_iter(&note).map(spread).collect()
    }

    /// The range to state: one that the page states and that contains these numbers; otherwise the rounded numbers, together
    /// with the range that the page states in this place.
    pub(super) fn settled(&self, stated: &[Spread], place: usize) -> Self {
        let same: Vec<&Spread> = stated.iter().filter(|other| other.name == self.name).collect();
        if let Some(holds) = same.iter().find(|other| other.low <= self.low && self.high <= other.high) {
            return (*holds).clone();
        }
        let rounded = self.rounded();
        match same.get(place) {
            Some(old) => Spread { low: rounded.low.min(old.low), high: rounded.high.max(old.high), ..rounded },
            None => rounded,
        }
    }

    /// The range with a margin, from and to round numbers.
    fn rounded(&self) -> Self {
        let whole = self.low.fract() == 0.0 && self.high.fract() == 0.0;
        let step = |value: f64| {
            let step = 10_f64.powi(value.abs().log10().floor() as i32 + 1 - DIGITS);
            if whole { step.max(1.0) } else { step }
        };
        let round = |value: f64, margin: f64, up: bool| {
            let wide = value + margin * value.abs();
            match (wide == 0.0 || !wide.is_finite(), up) {
                (true, _) => wide,
                (false, true) => (wide / step(wide) - 1e-9).ceil() * step(wide),
                (false, false) => (wide / step(wide) + 1e-9).floor() * step(wide),
            }
        };
        Spread { name: self.name.clone(), low: round(self.low, -MARGIN, false), high: round(self.high, MARGIN, true) }
    }

    pub(super) fn sentence(&self) -> String {
        // Steps below one leave digits that are not part of the number.
        let shown = |value: f64| {
            let digits = if value == 0.0 { 0 } else { (DIGITS - 1 - value.abs().log10().floor() as i32).clamp(0, 12) };
            let text = format!("{value:.0$}", digits as usize);
            if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.').to_owned() } else { text }
        };
        match self.low == self.high {
            true => format!(" The measured `{}` is {}.", self.name, shown(self.low)),
            false => format!(" The measured `{}` is between {} and {}.", self.name, shown(self.low), shown(self.high)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn spread(values: &[f64]) -> Spread {
        let numbers: Vec<Measured> =
            values.iter().map(|value| Measured { name: "a - control.a".into(), value: *value }).collect();
        Spread::of(&numbers).unwrap()
    }

    #[test]
    fn a_range_is_wider_than_the_numbers_and_round() {
        for (values, sentence) in [
            (&[80.0][..], "between 72 and 88"),
            (&[76.0, 80.0], "between 68 and 88"),
            (&[5.0], "between 4 and 6"),
            (&[0.0], "is 0."),
            (&[1024.0, 1500.0], "between 920 and 1700"),
            (&[0.0123], "between 0.011 and 0.014"),
            (&[-3.5, 12.25], "between -3.9 and 14"),
            (&[123_456_789.0], "between 110000000 and 140000000"),
        ] {
            let shown = spread(values).settled(&[], 0).sentence();
            assert!(shown.contains(sentence), "{values:?}: {shown}");
        }
    }

    #[test]
    fn a_stated_range_stays_while_it_holds_and_then_grows() {
        let note = format!("So it is.{} More.", spread(&[80.0]).settled(&[], 0).sentence());
        let stated = Spread::stated(&note.replace('`', "").replace(" is between", "\n   is between"));
        assert_eq!(spread(&[76.0]).settled(&stated, 0).sentence(), spread(&[80.0]).settled(&[], 0).sentence());
        assert!(spread(&[100.0]).settled(&stated, 0).sentence().contains("between 72 and 110"));
        assert!(spread(&[10.0, 20.0]).settled(&stated, 0).sentence().contains("between 9 and 88"));
    }
}
