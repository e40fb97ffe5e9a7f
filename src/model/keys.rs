//! The smallest parts of a YAML file: text of a certain form, and values of one of several kinds. Each carries its JSON Schema, with
//! the title that messages call it by.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;
use std::marker::PhantomData;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize, de};
use serde_json::Value;

use super::capability::Capability;

/// The pattern of text of which nothing is asked but that it says something.
pub const ANY_TEXT: &str = r"\S";

/// The pattern of text that stands on one line: what a line of a script, a table or a report is made of.
pub const ONE_LINE: &str = r"^[^\x00-\x1f\x7f]*[^\s\x00-\x1f\x7f][^\x00-\x1f\x7f]*$";

/// Longest name, in letters.
pub const LONGEST_NAME: usize = 100;

/// Text of a certain form: its title is what messages call it.
macro_rules! text {
    ($name:ident, $title:literal, $pattern:expr) => {
        text!($name, $title, $pattern, {"title": $title, "type": "string", "pattern": $pattern});
    };
    ($name:ident, $title:literal, $pattern:expr, $schema:tt) => {
        #[doc = $title]
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub String);

        impl JsonSchema for $name {
            fn schema_name() -> Cow<'static, str> {
                stringify!($name).into()
            }
            fn json_schema(_: &mut SchemaGenerator) -> Schema {
                json_schema!($schema)
            }
        }
    };
}

/// Text that names something.
macro_rules! name {
    ($name:ident, $title:literal, $pattern:expr) => {
        text!($name, $title, $pattern, {"title": $title, "type": "string", "pattern": $pattern, "maxLength": LONGEST_NAME});
    };
}

name!(Name, "a name in kebab-case such as `build-and-install`", "^[a-z0-9]+(-[a-z0-9]+)*$");
name!(
    LayerName,
    "the name of a dockerfile such as `python-runtime`, or a template of one",
    r"^([a-z0-9]+|\{\{ ?[a-z][a-z0-9_]* ?\}\})(-([a-z0-9]+|\{\{ ?[a-z][a-z0-9_]* ?\}\}))*$"
);
name!(Word, "a name such as `base`", "^[a-z][a-z0-9_]*$");
name!(ClaimId, "a claim id such as `headers.python-h`", "^[a-z0-9-]+\\.[a-z0-9-]+(@[A-Za-z0-9._-]+)?$");
text!(Sentence, "text", ANY_TEXT);
text!(Line, "text on one line", ONE_LINE);
text!(Quote, "a few words of the page, on one line", r"^[^\x00-\x1f\x7f]*\w[^\x00-\x1f\x7f]*$");
name!(Variable, "the name of an environment variable", "^[A-Za-z_][A-Za-z0-9_]*$");
name!(Header, "the name of a header", "^[A-Za-z0-9-]+$");
name!(Method, "an HTTP method such as `POST`", "^[A-Z]+$");
text!(UrlPath, "a path such as `/hello`", "^(/|\\{\\{)\\S*");
/// The name or the number of a user.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(try_from = "Value")]
pub struct User(pub String);

impl TryFrom<Value> for User {
    type Error = serde_json::Error;
    fn try_from(value: Value) -> Result<Self, Self::Error> {
        if value.is_u64() { Ok(User(value.to_string())) } else { serde_json::from_value(value).map(User) }
    }
}

text!(Timeout, "a time such as `90s` or `5m`", "^[1-9][0-9]{0,3}[sm]$");
name!(BaseName, "the name of a base such as `bookworm` or `fedora-41`", "^[a-z0-9]+([._-][a-z0-9]+)*$");
name!(Prefix, "a prefix such as `matrix` or `team/matrix`", "^[a-z0-9]+([._-][a-z0-9]+)*(/[a-z0-9]+([._-][a-z0-9]+)*)*$");
name!(PackageName, "the name of a package such as `gcc` or `python3*`", r"^[A-Za-z0-9*?\[][A-Za-z0-9*?\[\].+_-]*$");
text!(Suite, "a word of small letters and digits such as `bookworm`", "^[a-z0-9]+$");
text!(Size, "a size such as `512MiB` or `4GiB`", "^[1-9][0-9]{0,3}[MG]iB$");

/// An omitted part with a reason: either `words` or `axis`.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Without {
    /// Words of a line or a command in the quotes of the claim.
    pub words: Option<Sentence>,
    /// In `resolved`: an axis whose value the response does not show.
    pub axis: Option<String>,
    /// Why it is omitted.
    pub reason: Line,
}

/// A quote: words of the page's prose, or something literal that it shows.
#[derive(Debug, Deserialize)]
#[serde(try_from = "Value")]
pub enum Quoting {
    Words(Quote),
    Literal(Literal),
}

/// Complete literal text of the page: either a `line` or a `command`. `[..]` matches names and numbers that vary.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Literal {
    /// A line that the software prints. An expectation that decides the claim must contain all of it.
    pub line: Option<Quote>,
    /// Text that the reader types or writes into a file. The steps of a workaround must contain it.
    pub command: Option<Quote>,
    /// Words of prose that locate the quote, if the literal words are not enough.
    #[serde(rename = "in")]
    pub within: Option<Quote>,
}

impl TryFrom<Value> for Quoting {
    type Error = serde_json::Error;
    fn try_from(value: Value) -> Result<Self, Self::Error> {
        Ok(match value {
            Value::Object(_) => Quoting::Literal(serde_json::from_value(value)?),
            _ => Quoting::Words(serde_json::from_value(value)?),
        })
    }
}

impl JsonSchema for Quoting {
    fn schema_name() -> Cow<'static, str> {
        "Quoting".into()
    }
    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "title": "a few words of the page, or a mapping with `line` or `command`",
            "description": "Words of the page's prose, or literal text as `line` or `command`.",
            "oneOf": [generator.subschema_for::<Quote>(), generator.subschema_for::<Literal>()],
        })
    }
}

/// A dockerfile of a stack: its name, or a mapping with `dockerfile` and `when`.
#[derive(Debug, Deserialize)]
#[serde(try_from = "Value")]
pub struct Layer {
    pub dockerfile: LayerName,
    pub when: When,
}

/// A dockerfile that only some cells have.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SomeLayer {
    /// Its name, which may contain `{{ axis }}`.
    pub dockerfile: LayerName,
    /// The cells whose image has it.
    pub when: When,
}

impl TryFrom<Value> for Layer {
    type Error = serde_json::Error;
    fn try_from(value: Value) -> Result<Self, Self::Error> {
        Ok(match value {
            Value::Object(_) => {
                let SomeLayer { dockerfile, when } = serde_json::from_value(value)?;
                Layer { dockerfile, when }
            }
            _ => Layer { dockerfile: serde_json::from_value(value)?, when: When::new() },
        })
    }
}

impl JsonSchema for Layer {
    fn schema_name() -> Cow<'static, str> {
        "Layer".into()
    }
    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "title": "the name of a dockerfile such as `python-runtime`, a template of one, or a mapping with `dockerfile` and `when`",
            "description": "A dockerfile of a stack, in all cells or in some.",
            "oneOf": [generator.subschema_for::<LayerName>(), generator.subschema_for::<SomeLayer>()],
        })
    }
}

/// An axis value, or a list of them.
#[derive(Debug, Deserialize)]
#[serde(try_from = "Value")]
pub struct Values(pub Vec<String>);

impl TryFrom<Value> for Values {
    type Error = serde_json::Error;
    fn try_from(value: Value) -> Result<Self, Self::Error> {
        let scalar = |value: Value| {
            if value.is_i64() { Ok(value.to_string()) } else { serde_json::from_value(value) }
        };
        let list = if value.is_array() { serde_json::from_value(value)? } else { vec![value] };
        list.into_iter().map(scalar).collect::<Result<_, _>>().map(Values)
    }
}

/// What may be one of several kinds of YAML value: a title for messages, and the kinds.
macro_rules! kinds {
    ($name:ident, $title:literal, $about:literal, $kinds:tt) => {
        impl JsonSchema for $name {
            fn schema_name() -> Cow<'static, str> {
                stringify!($name).into()
            }
            fn json_schema(_: &mut SchemaGenerator) -> Schema {
                json_schema!({"title": $title, "description": $about, "oneOf": $kinds})
            }
        }
    };
}

kinds!(Values, "a value or a list of values", "Values of an axis, as in a cell's id.", [
    {"title": "a value of letters, digits, `.`, `_`, `+` and `-`", "type": "string", "pattern": "^[A-Za-z0-9._+-]+$", "maxLength": LONGEST_NAME},
    {"type": "integer"},
    {"type": "array", "minItems": 1, "items": {"title": "a value", "oneOf": [
        {"title": "a value of letters, digits, `.`, `_`, `+` and `-`", "type": "string", "pattern": "^[A-Za-z0-9._+-]+$", "maxLength": LONGEST_NAME},
        {"type": "integer"},
    ]}},
]);
kinds!(User, "a user such as `postgres` or `1000`", "Name or number of a user.", [
    {"title": "a user such as `postgres` or `1000`", "type": "string", "pattern": "^([A-Za-z_][A-Za-z0-9_.-]*|[0-9]{1,9})$", "maxLength": LONGEST_NAME},
    {"title": "a user such as `postgres` or `1000`", "type": "integer", "minimum": 0, "maximum": 2_147_483_647},
]);
/// A capability of containers.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Grant {
    /// Which.
    pub name: Capability,
    /// What for.
    pub reason: Line,
}

/// A mapping whose order counts.
#[derive(Debug)]
pub struct Ordered<V>(pub Vec<(String, V)>);

impl<V> Default for Ordered<V> {
    fn default() -> Self {
        Ordered(Vec::new())
    }
}

impl<V: JsonSchema> JsonSchema for Ordered<V> {
    fn inline_schema() -> bool {
        true
    }
    fn schema_name() -> Cow<'static, str> {
        BTreeMap::<Word, V>::schema_name()
    }
    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        BTreeMap::<Word, V>::json_schema(generator)
    }
}

impl<'de, V: Deserialize<'de>> Deserialize<'de> for Ordered<V> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(Entries(PhantomData))
    }
}

struct Entries<V>(PhantomData<V>);

impl<'de, V: Deserialize<'de>> de::Visitor<'de> for Entries<V> {
    type Value = Ordered<V>;
    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a mapping")
    }
    fn visit_map<A: de::MapAccess<'de>>(self, mut map: A) -> Result<Ordered<V>, A::Error> {
        let mut entries = Vec::new();
        while let Some(entry) = map.next_entry()? {
            entries.push(entry);
        }
        Ok(Ordered(entries))
    }
}

/// Axis name to its values, in order.
pub type Axes = Ordered<Values>;

/// A condition on a cell: for every axis named, its value is one of those given. Empty, it holds everywhere.
pub type When = BTreeMap<Word, Values>;
