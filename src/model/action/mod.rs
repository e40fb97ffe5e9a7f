//! What a step does. Each kind of action is one file with its YAML keys, its shell command and its dependencies. A new kind is a
//! file and a line of `kinds!`.

mod kind;

use std::time::Duration;

use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde_json::{Map, Value};

use super::kinds::{self, Keys, Orphan};

/// Declares the kinds: module and type of each.
macro_rules! kinds {
    ($($module:ident :: $kind:ident),* $(,)?) => {
        $(mod $module;)*
        $(pub use $module::$kind;)*

        /// What a step does. All kinds except `Run` only inspect, so they can be repeated in any phase.
        #[derive(Debug, Clone, PartialEq)]
        pub enum Action<T> {
            $(#[doc = stringify!($kind)] $kind($kind<T>),)*
        }

        /// The main keys of all kinds.
        pub const KEYS: &[&str] = &[$($kind::<()>::KEYS[0]),*];

        impl<T> Action<T> {
            /// The trait object of its kind.
            pub fn kind(&self) -> &dyn Kind<T> {
                match self { $(Action::$kind(kind) => kind,)* }
            }

            /// The main key of its kind.
            pub fn key(&self) -> &'static str {
                match self { $(Action::$kind(_) => $kind::<T>::KEYS[0],)* }
            }

            /// The same action with mapped texts. `f` gets the YAML keys that lead to a text, and the text.
            pub fn map<U>(&self, f: &mut impl FnMut(&[&'static str], &T) -> U) -> Action<U> {
                match self { $(Action::$kind(kind) => Action::$kind(kind.map(f)),)* }
            }
        }

        impl Action<String> {
            /// The shell command that executes it.
            pub fn command(&self, timeout: Duration) -> String {
                match self { $(Action::$kind(kind) => kind.command(timeout),)* }
            }
        }

        impl<T: serde::de::DeserializeOwned> Action<T> {
            /// Removes the keys of all kinds from a mapping and returns every action that they describe.
            pub fn take(map: &mut Map<String, Value>) -> Result<(Vec<Self>, Vec<Orphan>), serde_json::Error> {
                let (mut actions, mut orphans) = (Vec::new(), Vec::new());
                $(actions.extend(kinds::take::<$kind<T>>(map, &mut orphans)?.map(Action::$kind));)*
                Ok((actions, orphans))
            }
        }

        impl<T: JsonSchema> Action<T> {
            /// Adds the keys of all kinds to a schema.
            pub fn describe(schema: &mut Schema, generator: &mut SchemaGenerator) {
                $(kinds::describe::<$kind<T>>(schema, generator);)*
            }
        }
    };
}

kinds! { run::Run, look::Look, http::Http, read::Read, size::Size, ldd::Ldd, readelf::Readelf }

pub use http::{CURL, PROGRAM, Request};
pub use kind::Kind;
