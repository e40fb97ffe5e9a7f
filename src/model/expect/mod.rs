//! Expectations: what the output of a step must be. Each kind of test is one file with its YAML keys, its meaning and its
//! description. A new kind is a file and a line of `kinds!`.

mod kind;
mod lines;
mod operand;
mod outcome;

use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::Serialize;
use serde_json::{Map, Value};

use super::id::ClaimId;
use super::kinds::{self, Keys, Orphan};
use super::observation::Observation;
use super::when::When;
use kind::Kind;
pub use lines::Lines;
pub use operand::Operand;
pub use outcome::{Context, Outcome, Shown};

/// Declares the kinds: module and type of each, in the order in which they are compared and described.
macro_rules! kinds {
    ($($module:ident :: $kind:ident $(<$text:ident>)?),* $(,)?) => {
        $(mod $module;)*
        $(pub use $module::$kind;)*

        /// One test of a step's output.
        #[derive(Debug, Clone, PartialEq, Serialize)]
        #[serde(untagged)]
        pub enum Test<T> {
            $(#[doc = stringify!($kind)] $kind($kind $(<$text>)?),)*
        }

        impl<T: AsRef<str>> Test<T> {
            fn kind(&self) -> &dyn Kind {
                match self { $(Test::$kind(kind) => kind,)* }
            }
        }

        impl<T> Test<T> {
            /// The main key of its kind.
            pub fn key(&self) -> &'static str {
                match self { $(Test::$kind(_) => <$kind $(<$text>)? as Keys>::KEYS[0],)* }
            }

            /// The same test with mapped texts. `f` gets the YAML key, the index in its list, and the text.
            pub fn map<U>(&self, f: &mut impl FnMut(&'static str, Option<usize>, &T) -> U) -> Test<U> {
                match self { $(Test::$kind(kind) => Test::$kind(kind.map(f)),)* }
            }
        }

        impl<T: serde::de::DeserializeOwned> Tests<T> {
            /// Removes the keys of all kinds from a mapping and returns the tests that they describe.
            pub fn take(map: &mut Map<String, Value>) -> Result<(Self, Vec<Orphan>), serde_json::Error> {
                let (mut tests, mut orphans) = (Vec::new(), Vec::new());
                $(tests.extend(kinds::take::<$kind $(<$text>)?>(map, &mut orphans)?.map(Test::$kind));)*
                Ok((Tests(tests), orphans))
            }
        }

        impl<T: JsonSchema> Tests<T> {
            /// Adds the keys of all kinds to a schema.
            pub fn describe(schema: &mut Schema, generator: &mut SchemaGenerator) {
                $(kinds::describe::<$kind $(<$text>)?>(schema, generator);)*
            }
        }
    };
}

kinds! { has::Has<T>, lacks::Lacks<T>, status::Status, exit::Exit, number::Number }

/// The tests of one expectation, at most one of each kind.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(transparent)]
pub struct Tests<T>(pub Vec<Test<T>>);

impl<T> Default for Tests<T> {
    fn default() -> Self {
        Tests(Vec::new())
    }
}

impl<T> Tests<T> {
    /// Lines that the output must contain.
    pub fn has(&self) -> &[T] {
        self.0.iter().find_map(|test| if let Test::Has(Has { has }) = test { Some(&has.0[..]) } else { None }).unwrap_or_default()
    }

    /// Text that no line may contain.
    pub fn lacks(&self) -> &[T] {
        self.0
            .iter()
            .find_map(|test| if let Test::Lacks(lacks) = test { Some(&lacks.lacks.0[..]) } else { None })
            .unwrap_or_default()
    }

    /// How the command must end.
    pub fn exit(&self) -> Option<ExitRule> {
        self.0.iter().find_map(|test| if let Test::Exit(exit) = test { Some(exit.exit) } else { None })
    }

    /// The HTTP status that the response must have.
    pub fn status(&self) -> Option<u16> {
        self.0.iter().find_map(|test| if let Test::Status(status) = test { Some(status.status) } else { None })
    }

    /// The number and its bounds.
    pub fn number(&self) -> Option<&Number> {
        self.0.iter().find_map(|test| if let Test::Number(number) = test { Some(number) } else { None })
    }

    /// Whether there is a test with this main key.
    pub fn have(&self, key: &str) -> bool {
        self.0.iter().any(|test| test.key() == key)
    }

    /// Whether it only tests how the command ends.
    pub fn only_exit(&self) -> bool {
        self.0.iter().all(|test| matches!(test, Test::Exit(_)))
    }
}

pub use exit::ExitRule;

/// One expectation of a step. All its tests must pass.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Expectation<T> {
    /// The claim that it decides. Without a claim, in `reproduce`, it decides whether the failure occurred.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub claim: Option<ClaimId>,
    #[serde(skip)]
    pub when: When,
    /// File and key path, such as `scenarios/x.yaml: reproduce[0].expect[1]`. Empty for the implicit expectation that a step
    /// succeeds.
    pub at: String,
    pub tests: Tests<T>,
    /// The same failure in other words: if the step prints this instead, the drift is `reworded`, not `absent`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reworded: Option<T>,
    /// Parts of the claim that the expectation omits, with the reasons.
    #[serde(skip)]
    pub without: Vec<Without>,
}

impl<T> Default for Expectation<T> {
    fn default() -> Self {
        Expectation {
            claim: None,
            when: When::default(),
            at: String::new(),
            tests: Tests::default(),
            reworded: None,
            without: Vec::new(),
        }
    }
}

impl<T> Expectation<T> {
    /// An expectation with these tests, without a claim and a place in a file.
    pub fn of(tests: Vec<Test<T>>) -> Self {
        Expectation { tests: Tests(tests), ..Expectation::default() }
    }

    /// The expectation that the command succeeds.
    pub fn success() -> Self {
        Expectation::of(vec![Test::Exit(Exit { exit: ExitRule::Success })])
    }

    /// The same expectation with mapped texts.
    pub fn map<U>(&self, mut f: impl FnMut(&T) -> U) -> Expectation<U> {
        Expectation {
            claim: self.claim.clone(),
            when: self.when.clone(),
            at: self.at.clone(),
            tests: Tests(self.tests.0.iter().map(|test| test.map(&mut |_, _, text| f(text))).collect()),
            reworded: self.reworded.as_ref().map(&mut f),
            without: self.without.clone(),
        }
    }
}

impl Expectation<String> {
    /// Compares it with an observation and collects every mismatch of every test.
    pub fn compare(&self, context: &Context<'_>) -> Outcome {
        let outcomes = self.tests.0.iter().map(|test| test.kind().compare(context));
        outcomes.fold(Outcome::default(), Outcome::and)
    }

    /// What each test documents, one line for each part, and what a step printed or measured for it.
    pub fn shown(&self, observation: Option<&Observation>) -> impl Iterator<Item = (&Test<String>, String, Option<String>)> {
        self.tests.0.iter().flat_map(move |test| {
            let words = test.kind().words();
            let observed = observation.map_or_else(|| vec![None; words.len()], |observation| test.kind().observed(observation));
            words.into_iter().zip(observed).map(move |(documented, observed)| (test, documented, observed))
        })
    }

    /// What it documents, one line for each part.
    pub fn documented(&self) -> String {
        self.tests.0.iter().flat_map(|test| test.kind().words()).collect::<Vec<_>>().join("\n")
    }

    /// The same expectation, which also accepts lines that contain more than the documented text.
    #[must_use]
    pub fn loosened(&self) -> Self {
        let mut loose = self.clone();
        for test in &mut loose.tests.0 {
            if let Test::Has(Has { has }) = test {
                has.0.iter_mut().for_each(|text| *text = format!("[..]{text}[..]"));
            }
        }
        loose
    }
}

/// Documented words, or an axis of the proof, that an expectation or a workaround omits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Without {
    /// The words or the axis.
    pub what: String,
    pub reason: String,
}
