//! What a step does. Each kind of action is one file with its keys in YAML, the command it becomes and what it depends on. A new kind is
//! a file and a line of `kinds!`.

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

        /// What a step does. All but `Run` only look, so they can be repeated anywhere.
        #[derive(Debug, Clone, PartialEq)]
        pub enum Action<T> {
            $(#[doc = stringify!($kind)] $kind($kind<T>),)*
        }

        /// The main keys of all kinds.
        pub const KEYS: &[&str] = &[$($kind::<()>::KEYS[0]),*];

        impl<T> Action<T> {
            /// What its kind says of itself.
            pub fn kind(&self) -> &dyn Kind<T> {
                match self { $(Action::$kind(kind) => kind,)* }
            }

            /// The main key of its kind.
            pub fn key(&self) -> &'static str {
                match self { $(Action::$kind(_) => $kind::<T>::KEYS[0],)* }
            }

            /// The action with other texts, each made from the keys it stands under and the text.
            pub fn map<U>(&self, f: &mut impl FnMut(&[&'static str], &T) -> U) -> Action<U> {
                match self { $(Action::$kind(kind) => Action::$kind(kind.map(f)),)* }
            }
        }

        impl Action<String> {
            /// The shell command it is executed by.
            pub fn command(&self, timeout: Duration) -> String {
                match self { $(Action::$kind(kind) => kind.command(timeout),)* }
            }
        }

        impl<T: serde::de::DeserializeOwned> Action<T> {
            /// Takes the keys of all kinds out of a mapping: every action that is given there.
            ///
            /// # Errors
            /// When a value is not as the schema has it.
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

pub use http::Request;
pub use kind::Kind;
