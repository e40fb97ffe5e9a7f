//! Which release to try next, and what follows from those tried: a function of what was seen so far. It knows places in
//! an ordered list, and neither what a release is nor how one is tried.

/// What one place showed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Seen<V> {
    /// A verdict.
    Told(V),
    /// None, for this reason. Equal reasons are taken for the same trouble.
    Untold(String),
}

/// What is known before anything was tried.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Known {
    /// For every place, why it cannot be tried, if so.
    pub barred: Vec<Option<String>>,
    /// Places that will probably give a verdict: tried where an end gives none.
    pub sure: Vec<usize>,
    /// Places where another verdict than at the ends is to be expected: tried when the ends agree.
    pub hints: Vec<usize>,
}

/// What was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Answer {
    /// The verdict changes after `before` and by `after`; no place between them gave a verdict.
    Changed {
        /// The last place with the verdict before.
        before: usize,
        /// The first with the verdict after.
        after: usize,
    },
    /// Every place tried from `first` to `last` has the same verdict.
    Unchanged {
        /// The lowest place that gave a verdict.
        first: usize,
        /// The highest.
        last: usize,
    },
    /// No place gave a verdict.
    Untold,
}

/// A search for the first change, with what was seen so far.
#[derive(Debug, Clone)]
pub struct Search<V> {
    known: Known,
    seen: Vec<Option<Seen<V>>>,
}

impl<V: PartialEq> Search<V> {
    /// Nothing was tried yet.
    pub fn new(known: Known) -> Self {
        let seen = known.barred.iter().map(|reason| reason.clone().map(Seen::Untold)).collect();
        Search { known, seen }
    }

    /// Notes what a place showed.
    ///
    /// # Panics
    /// When there is no such place.
    pub fn tell(&mut self, place: usize, seen: Seen<V>) {
        self.seen[place] = Some(seen);
    }

    /// The places to try next, the lower first; none when nothing more would say more. More than one only where each has to
    /// be tried whatever the other shows.
    pub fn next(&self) -> Vec<usize> {
        let ends = self.ends();
        if !ends.is_empty() {
            return ends;
        }
        let told = self.told();
        let (Some(&first), Some(&last)) = (told.first(), told.last()) else {
            return self.split(0, self.seen.len()).into_iter().collect();
        };
        let next = match self.change() {
            Some((before, after)) => self.split(before + 1, after),
            // The ends agree: where a change is expected, then up to where verdicts can be had.
            None => {
                let hint = self.known.hints.iter().copied().find(|place| self.seen[*place].is_none());
                hint.or_else(|| self.split(0, first)).or_else(|| self.split(last + 1, self.seen.len()))
            }
        };
        next.into_iter().collect()
    }

    /// What follows from what was seen so far.
    pub fn answer(&self) -> Answer {
        let told = self.told();
        match (self.change(), told.first(), told.last()) {
            (Some((before, after)), ..) => Answer::Changed { before, after },
            (None, Some(&first), Some(&last)) => Answer::Unchanged { first, last },
            _ => Answer::Untold,
        }
    }

    /// Both ends; for one without a verdict, the outermost place that will probably give one.
    fn ends(&self) -> Vec<usize> {
        let open = |place: &usize| self.known.barred[*place].is_none();
        let places = 0..self.seen.len();
        let (Some(low), Some(high)) = (places.clone().find(open), places.rev().find(open)) else {
            return Vec::new();
        };
        let fallen = |place: usize| matches!(self.seen[place], Some(Seen::Untold(_)));
        let sure = || self.known.sure.iter().copied().filter(|place| !fallen(*place));
        let told = self.told();
        let low = Some(low).filter(|low| !fallen(*low)).or_else(|| sure().min());
        let high = Some(high).filter(|high| !fallen(*high)).or_else(|| sure().max());
        let low = low.filter(|low| told.first().is_none_or(|first| low < first));
        let high = high.filter(|high| told.last().is_none_or(|last| high > last));
        let mut ends: Vec<usize> = [low, high].into_iter().flatten().filter(|place| self.seen[*place].is_none()).collect();
        ends.dedup();
        ends
    }

    /// Every place that gave a verdict, in order.
    fn told(&self) -> Vec<usize> {
        (0..self.seen.len()).filter(|place| self.verdict(*place).is_some()).collect()
    }

    fn verdict(&self, place: usize) -> Option<&V> {
        match &self.seen[place] {
            Some(Seen::Told(verdict)) => Some(verdict),
            Some(Seen::Untold(_)) | None => None,
        }
    }

    /// The first two neighbours, among the places that gave a verdict, of which the verdicts differ.
    fn change(&self) -> Option<(usize, usize)> {
        let told = self.told();
        told.windows(2).map(|pair| (pair[0], pair[1])).find(|(a, b)| self.verdict(*a) != self.verdict(*b))
    }

    /// The middle of the longest stretch from `from` to before `to` in which nothing was tried. A stretch between two
    /// places with the same trouble is passed over: what lies in it will have it too.
    fn split(&self, from: usize, to: usize) -> Option<usize> {
        let mut best: Option<(usize, usize)> = None;
        let mut start = from;
        while start < to {
            let length = self.seen[start..to].iter().take_while(|seen| seen.is_none()).count();
            if length > best.map_or(0, |(_, longest)| longest) && !self.alike(start, start + length) {
                best = Some((start, length));
            }
            start += length.max(1);
        }
        best.map(|(start, length)| start + length / 2)
    }

    /// Whether the places on both sides of a stretch have the same trouble.
    fn alike(&self, start: usize, end: usize) -> bool {
        let beside = |place: Option<usize>| match self.seen.get(place?)? {
            Some(Seen::Untold(reason)) => Some(reason),
            Some(Seen::Told(_)) | None => None,
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

    type World = Vec<Seen<u8>>;

    /// Tries places in a world until nothing more is asked for. The places tried, and the answer.
    fn explore(world: &World, known: Known) -> (Vec<usize>, Answer) {
        let mut search = Search::new(known);
        let mut tried = Vec::new();
        loop {
            let next = search.next();
            if next.is_empty() {
                return (tried, search.answer());
            }
            for place in next {
                assert!(!tried.contains(&place), "{place} was tried already: {tried:?}");
                search.tell(place, world[place].clone());
                tried.push(place);
            }
        }
    }

    fn nothing_known(world: &World) -> Known {
        Known { barred: vec![None; world.len()], ..Known::default() }
    }

    fn world(text: &str) -> World {
        let seen = |c: char| if c.is_ascii_digit() { Seen::Told(c as u8) } else { Seen::Untold(c.to_string()) };
        text.chars().map(seen).collect()
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
        assert_eq!(found(""), (0, Answer::Untold));
    }

    #[test]
    fn a_hint_finds_a_change_that_the_ends_do_not_show() {
        let world = world("1111122111");
        let known = Known { hints: vec![5], ..nothing_known(&world) };
        assert_eq!(explore(&world, known).1, Answer::Changed { before: 4, after: 5 });
    }

    #[test]
    fn what_lies_between_two_places_with_the_same_trouble_is_not_tried() {
        // Ends, the middle, one on each side of it, and what is left on both sides of the trouble.
        let (tried, answer) = found("1111xxxxxxxxxxxxxxxxxxxxxxxx2222");
        assert_eq!(answer, Answer::Changed { before: 3, after: 28 });
        assert!(tried <= 12, "{tried}");
    }

    #[test]
    fn where_an_end_gives_no_verdict_a_sure_place_stands_in_for_it() {
        let world = world("xxxxxxxxxxxxxxxx1111111111222222");
        let known = Known { sure: vec![20, 30], ..nothing_known(&world) };
        let (tried, answer) = explore(&world, known);
        assert_eq!(answer, Answer::Changed { before: 25, after: 26 });
        assert_eq!(tried[..3], [0, 31, 20]);
        assert!(tried.len() <= 7, "{tried:?}");
    }

    #[test]
    fn when_nothing_changes_the_verdicts_are_followed_to_where_they_begin() {
        let world = world("xxxxxxxxx22211111111");
        let known = Known { sure: vec![15], ..nothing_known(&world) };
        assert_eq!(explore(&world, known).1, Answer::Changed { before: 11, after: 12 });
    }

    #[test]
    fn what_is_barred_is_never_tried() {
        let world = world("1111122222");
        let barred = (0..10).map(|place| [0, 4, 9].contains(&place).then(|| "barred".to_owned())).collect();
        let (tried, answer) = explore(&world, Known { barred, ..Known::default() });
        assert_eq!(answer, Answer::Changed { before: 3, after: 5 });
        assert!(tried.iter().all(|place| ![0, 4, 9].contains(place)), "{tried:?}");
    }

    #[test]
    fn nothing_is_found_where_nothing_gives_a_verdict() {
        assert_eq!(found("xyxyxy").1, Answer::Untold);
        assert_eq!(found("xxxxxxxxxxxxxxxxxxxxxxxx"), (2, Answer::Untold));
    }

    /// The least number of halvings after which one of `n` is left.
    fn halvings(n: usize) -> usize {
        n.next_power_of_two().ilog2() as usize
    }

    fn seen() -> impl Strategy<Value = Seen<u8>> {
        prop_oneof![3 => (0..3_u8).prop_map(Seen::Told), 2 => "[xyz]".prop_map(Seen::Untold)]
    }

    proptest! {
        #[test]
        fn one_change_is_found_with_as_few_cells_as_halving_takes(count in 2..400_usize, at in any::<prop::sample::Index>()) {
            let at = 1 + at.index(count - 1);
            let world: World = (0..count).map(|place| Seen::Told(u8::from(place >= at))).collect();
            let (tried, answer) = explore(&world, nothing_known(&world));
            prop_assert_eq!(answer, Answer::Changed { before: at - 1, after: at });
            prop_assert!(tried.len() <= halvings(count) + 2, "{} of {}", tried.len(), count);
        }

        #[test]
        fn an_answer_rests_on_what_was_tried(
            (world, barred, sure, hints) in vec(seen(), 0..40).prop_flat_map(|world| {
                let count = world.len();
                let places = || vec(0..count.max(1), if count == 0 { 0..1 } else { 0..4 });
                (Just(world), vec(prop::option::weighted(0.2, Just("barred".to_owned())), count), places(), places())
            }),
        ) {
            let known = Known { barred: barred.clone(), sure, hints };
            let (tried, answer) = explore(&world, known);
            prop_assert!(tried.iter().all(|place| barred[*place].is_none()));
            let told = |place: &usize| tried.contains(place) && matches!(world[*place], Seen::Told(_));
            match answer {
                Answer::Changed { before, after } => {
                    prop_assert!(before < after && told(&before) && told(&after) && world[before] != world[after]);
                    prop_assert!((before + 1..after).all(|place| !told(&place)));
                    // What was not tried lies between troubles, never beside a verdict.
                    let mut left = (before + 1..after).filter(|place| !tried.contains(place) && barred[*place].is_none());
                    prop_assert!(left.all(|place| !told(&(place - 1)) && !told(&(place + 1))));
                }
                Answer::Unchanged { first, last } => {
                    prop_assert!(told(&first) && told(&last));
                    prop_assert!(tried.iter().filter(|place| told(place)).all(|place| world[*place] == world[first]));
                }
                Answer::Untold => prop_assert!(!tried.iter().any(told)),
            }
        }

        #[test]
        fn a_change_across_a_gap_is_told_as_the_two_sides_of_the_gap(
            below in 1..60_usize, gap in 0..60_usize, above in 1..60_usize,
        ) {
            let side = |verdict: u8, count| std::iter::repeat_n(Seen::Told(verdict), count);
            let trouble = std::iter::repeat_n(Seen::Untold("trouble".to_owned()), gap);
            let world: World = side(0, below).chain(trouble).chain(side(1, above)).collect();
            let (tried, answer) = explore(&world, nothing_known(&world));
            prop_assert_eq!(answer, Answer::Changed { before: below - 1, after: below + gap });
            prop_assert!(tried.len() <= 3 * halvings(world.len()) + 4, "{} of {}", tried.len(), world.len());
        }
    }
}
