//! The search for the first change in an ordered list of places: which place to try next, and the answer so far.

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome<V> {
    Decided(V),
    /// No verdict, for this reason. Equal reasons count as the same trouble.
    Undecided(String),
}

#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Known {
    /// For each place the reason why it cannot be tried, if any.
    pub barred: Vec<Option<String>>,
    /// Places that probably give a verdict: tried when an end gives none.
    pub sure: Vec<usize>,
    /// Places whose verdict probably differs from that of the ends: tried when the ends agree.
    pub hints: Vec<usize>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Answer {
    /// The verdict changes between `before` and `after`; no place between them gave a verdict.
    Changed { before: usize, after: usize },
    /// Every place tried from `first` to `last` has the same verdict.
    Unchanged { first: usize, last: usize },
    /// No place gave a verdict.
    Undecided,
}

/// A search for the first change, with the results so far.
#[derive(Debug, Clone)]
pub struct Search<V> {
    known: Known,
    outcomes: Vec<Option<Outcome<V>>>,
}

impl<V: PartialEq> Search<V> {
    pub fn new(known: Known) -> Self {
        let outcomes = known.barred.iter().map(|reason| reason.clone().map(Outcome::Undecided)).collect();
        Search { known, outcomes }
    }

    /// Adds the result at a place.
    ///
    /// # Panics
    /// If the list has no such place.
    pub fn record(&mut self, place: usize, outcome: Outcome<V>) {
        self.outcomes[place] = Some(outcome);
    }

    /// The places to try next, in order; none when the answer is final. Two places only if both are needed whatever the
    /// result of the other.
    pub fn next(&self) -> Vec<usize> {
        let ends = self.ends();
        if !ends.is_empty() {
            return ends;
        }
        let decided = self.decided();
        let (Some(&first), Some(&last)) = (decided.first(), decided.last()) else {
            return self.split(0, self.outcomes.len()).into_iter().collect();
        };
        let next = match self.change() {
            Some((before, after)) => self.split(before + 1, after),
            // The ends agree: try the hints, then the undecided places outside of the ends.
            None => {
                let hint = self.known.hints.iter().copied().find(|place| self.outcomes[*place].is_none());
                hint.or_else(|| self.split(0, first)).or_else(|| self.split(last + 1, self.outcomes.len()))
            }
        };
        next.into_iter().collect()
    }

    /// The answer so far.
    pub fn answer(&self) -> Answer {
        let decided = self.decided();
        match (self.change(), decided.first(), decided.last()) {
            (Some((before, after)), ..) => Answer::Changed { before, after },
            (None, Some(&first), Some(&last)) => Answer::Unchanged { first, last },
            _ => Answer::Undecided,
        }
    }

    /// Both ends. An end without a verdict is replaced by the outermost place that probably gives one.
    fn ends(&self) -> Vec<usize> {
        let open = |place: &usize| self.known.barred[*place].is_none();
        let places = 0..self.outcomes.len();
        let (Some(low), Some(high)) = (places.clone().find(open), places.rev().find(open)) else {
            return Vec::new();
        };
        let is_undecided = |place: usize| matches!(self.outcomes[place], Some(Outcome::Undecided(_)));
        let sure = || self.known.sure.iter().copied().filter(|place| !is_undecided(*place));
        let decided = self.decided();
        let low = Some(low).filter(|low| !is_undecided(*low)).or_else(|| sure().min());
        let high = Some(high).filter(|high| !is_undecided(*high)).or_else(|| sure().max());
        let low = low.filter(|low| decided.first().is_none_or(|first| low < first));
        let high = high.filter(|high| decided.last().is_none_or(|last| high > last));
        let mut ends: Vec<usize> = [low, high].into_iter().flatten().filter(|place| self.outcomes[*place].is_none()).collect();
        ends.dedup();
        ends
    }

    /// Every place that gave a verdict, in order.
    fn decided(&self) -> Vec<usize> {
        (0..self.outcomes.len()).filter(|place| self.verdict(*place).is_some()).collect()
    }

    fn verdict(&self, place: usize) -> Option<&V> {
        match &self.outcomes[place] {
            Some(Outcome::Decided(verdict)) => Some(verdict),
            Some(Outcome::Undecided(_)) | None => None,
        }
    }

    /// The first two neighbours, among the places that gave a verdict, whose verdicts differ.
    fn change(&self) -> Option<(usize, usize)> {
        let decided = self.decided();
        decided.windows(2).map(|pair| (pair[0], pair[1])).find(|(a, b)| self.verdict(*a) != self.verdict(*b))
    }

    /// The middle of the longest untried stretch from `from` to before `to`. A stretch between two places with the same
    /// trouble is skipped, because the places in it probably have the same trouble.
    fn split(&self, from: usize, to: usize) -> Option<usize> {
        let mut best: Option<(usize, usize)> = None;
        let mut start = from;
        while start < to {
            let length = self.outcomes[start..to].iter().take_while(|outcome| outcome.is_none()).count();
            if length > best.map_or(0, |(_, longest)| longest) && !self.alike(start, start + length) {
                best = Some((start, length));
            }
            start += length.max(1);
        }
        best.map(|(start, length)| start + length / 2)
    }

    /// Whether the places on both sides of a stretch have the same trouble.
    fn alike(&self, start: usize, end: usize) -> bool {
        let beside = |place: Option<usize>| match self.outcomes.get(place?)? {
            Some(Outcome::Undecided(reason)) => Some(reason),
            Some(Outcome::Decided(_)) | None => None,
        };
        let below = beside(start.checked_sub(1));
        below.is_some() && below == beside(Some(end))
    }
}

#[cfg(test)]
mod tests {
    use proptest::collection::vec;
    use proptest::prelude::*;

    use super::*;

    type World = Vec<Outcome<u8>>;

    /// Searches a list to the end. Returns the tried places and the answer.
    fn explore(world: &World, known: Known) -> (Vec<usize>, Answer) {
        let mut search = Search::new(known);
        let mut tried = Vec::new();
        loop {
            let next = search.next();
            if next.is_empty() {
                return (tried, search.answer());
            }
            for place in next {
                assert!(!tried.contains(&place), "{place} is tried twice: {tried:?}");
                search.record(place, world[place].clone());
                tried.push(place);
            }
        }
    }

    fn nothing_known(world: &World) -> Known {
        Known { barred: vec![None; world.len()], ..Known::default() }
    }

    fn world(text: &str) -> World {
        let outcome = |c: char| if c.is_ascii_digit() { Outcome::Decided(c as u8) } else { Outcome::Undecided(c.to_string()) };
        text.chars().map(outcome).collect()
    }

    fn found(text: &str) -> (usize, Answer) {
        let world = world(text);
        let (tried, answer) = explore(&world, nothing_known(&world));
        (tried.len(), answer)
    }

    #[test]
    fn verdicts_that_agree_at_the_ends_take_two_cells() {
        assert_eq!(found("11111111"), (2, Answer::Unchanged { first: 0, last: 7 }));
        assert_eq!(found("1"), (1, Answer::Unchanged { first: 0, last: 0 }));
        assert_eq!(found(""), (0, Answer::Undecided));
    }

    #[test]
    fn a_hint_finds_a_change_that_the_ends_do_not_show() {
        let world = world("1111122111");
        let known = Known { hints: vec![5], ..nothing_known(&world) };
        assert_eq!(explore(&world, known).1, Answer::Changed { before: 4, after: 5 });
    }

    #[test]
    fn releases_between_two_with_the_same_trouble_are_skipped() {
        // The ends, the middle, one place on each side of it, and the rest on both sides of the trouble.
        let (tried, answer) = found("1111xxxxxxxxxxxxxxxxxxxxxxxx2222");
        assert_eq!(answer, Answer::Changed { before: 3, after: 28 });
        assert!(tried <= 12, "{tried}");
    }

    #[test]
    fn an_undecided_end_is_replaced_by_the_nearest_decided_release() {
        let world = world("xxxxxxxxxxxxxxxx1111111111222222");
        let known = Known { sure: vec![20, 30], ..nothing_known(&world) };
        let (tried, answer) = explore(&world, known);
        assert_eq!(answer, Answer::Changed { before: 25, after: 26 });
        assert_eq!(tried[..3], [0, 31, 20]);
        assert!(tried.len() <= 7, "{tried:?}");
    }

    #[test]
    fn without_a_change_the_first_and_last_verdict_are_found() {
        let world = world("xxxxxxxxx22211111111");
        let known = Known { sure: vec![15], ..nothing_known(&world) };
        assert_eq!(explore(&world, known).1, Answer::Changed { before: 11, after: 12 });
    }

    #[test]
    fn a_barred_place_is_never_tried() {
        let world = world("1111122222");
        let barred = (0..10).map(|place| [0, 4, 9].contains(&place).then(|| "barred".to_owned())).collect();
        let (tried, answer) = explore(&world, Known { barred, ..Known::default() });
        assert_eq!(answer, Answer::Changed { before: 3, after: 5 });
        assert!(tried.iter().all(|place| ![0, 4, 9].contains(place)), "{tried:?}");
    }

    #[test]
    fn bisecting_without_any_verdict_finds_no_change() {
        assert_eq!(found("xyxyxy").1, Answer::Undecided);
        assert_eq!(found("xxxxxxxxxxxxxxxxxxxxxxxx"), (2, Answer::Undecided));
    }

    /// The number of halvings that leave one of `n`.
    fn halvings(n: usize) -> usize {
        n.next_power_of_two().ilog2() as usize
    }

    fn outcomes() -> impl Strategy<Value = Outcome<u8>> {
        prop_oneof![3 => (0..3_u8).prop_map(Outcome::Decided), 2 => "[xyz]".prop_map(Outcome::Undecided)]
    }

    proptest! {
        #[test]
        fn one_change_is_found_with_as_few_cells_as_halving_takes(count in 2..400_usize, at in any::<prop::sample::Index>()) {
            let at = 1 + at.index(count - 1);
            let world: World = (0..count).map(|place| Outcome::Decided(u8::from(place >= at))).collect();
            let (tried, answer) = explore(&world, nothing_known(&world));
            prop_assert_eq!(answer, Answer::Changed { before: at - 1, after: at });
            prop_assert!(tried.len() <= halvings(count) + 2, "{} of {}", tried.len(), count);
        }

        #[test]
        fn an_answer_follows_from_the_results(
            (world, barred, sure, hints) in vec(outcomes(), 0..40).prop_flat_map(|world| {
                let count = world.len();
                let places = || vec(0..count.max(1), if count == 0 { 0..1 } else { 0..4 });
                (Just(world), vec(prop::option::weighted(0.2, Just("barred".to_owned())), count), places(), places())
            }),
        ) {
            let known = Known { barred: barred.clone(), sure, hints };
            let (tried, answer) = explore(&world, known);
            prop_assert!(tried.iter().all(|place| barred[*place].is_none()));
            let decided = |place: &usize| tried.contains(place) && matches!(world[*place], Outcome::Decided(_));
            match answer {
                Answer::Changed { before, after } => {
                    prop_assert!(before < after && decided(&before) && decided(&after) && world[before] != world[after]);
                    prop_assert!((before + 1..after).all(|place| !decided(&place)));
                    // Untried places lie between troubles, never beside a verdict.
                    let mut left = (before + 1..after).filter(|place| !tried.contains(place) && barred[*place].is_none());
                    prop_assert!(left.all(|place| !decided(&(place - 1)) && !decided(&(place + 1))));
                }
                Answer::Unchanged { first, last } => {
                    prop_assert!(decided(&first) && decided(&last));
                    prop_assert!(tried.iter().filter(|place| decided(place)).all(|place| world[*place] == world[first]));
                }
                Answer::Undecided => prop_assert!(!tried.iter().any(decided)),
            }
        }

        #[test]
        fn a_change_across_a_gap_names_both_sides_of_the_gap(
            below in 1..60_usize, gap in 0..60_usize, above in 1..60_usize,
        ) {
            let side = |verdict: u8, count| std::iter::repeat_n(Outcome::Decided(verdict), count);
            let trouble = std::iter::repeat_n(Outcome::Undecided("trouble".to_owned()), gap);
            let world: World = side(0, below).chain(trouble).chain(side(1, above)).collect();
            let (tried, answer) = explore(&world, nothing_known(&world));
            prop_assert_eq!(answer, Answer::Changed { before: below - 1, after: below + gap });
            prop_assert!(tried.len() <= 3 * halvings(world.len()) + 4, "{} of {}", tried.len(), world.len());
        }
    }
}
