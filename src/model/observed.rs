//! The observation that decided a verdict, as data, and its one-line form in reports.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize};
use serde_json::Value;

/// The observation that decided a verdict. All fields are empty if there is none.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Observed {
    /// HTTP status of the response that contains it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status: Option<u16>,
    /// How the command ended, if that contradicts the claim or if the command printed nothing.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ending: Option<Ending>,
    /// The compared number.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub number: Option<Measured>,
    /// The deciding line, as printed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub line: Option<String>,
}

/// How a command ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Ending {
    /// It exited with this status.
    Status(i64),
    Stopped,
}

impl From<Option<i64>> for Ending {
    fn from(exit: Option<i64>) -> Self {
        exit.map_or(Ending::Stopped, Ending::Status)
    }
}

impl fmt::Display for Ending {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Ending::Status(code) => write!(f, "exit status {code}"),
            Ending::Stopped => f.write_str("no exit status: it was stopped"),
        }
    }
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Measured {
    pub name: String,
    pub value: f64,
}

impl fmt::Display for Measured {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} = {}", self.name, self.value)
    }
}

impl Observed {
    /// The observation of a printed line.
    pub fn line(line: String) -> Self {
        Observed { line: Some(line).filter(|line| !line.is_empty()), ..Observed::default() }
    }

    /// Whether nothing was observed.
    pub fn is_empty(&self) -> bool {
        *self == Observed::default()
    }

    /// What a program printed or measured. How the command ended is included only if there is nothing else.
    pub fn printed(&self) -> String {
        match (&self.number, &self.line, self.ending) {
            (Some(number), _, _) => number.to_string(),
            (None, Some(line), _) => line.clone(),
            (None, None, Some(ending)) => ending.to_string(),
            (None, None, None) => String::new(),
        }
    }

    /// Parses the text in records of format 1.
    pub fn parse(text: &str) -> Self {
        let mut observed = Observed::default();
        let mut rest = text;
        if let Some((status, after)) = rest.strip_prefix("HTTP ").and_then(|rest| rest.split_once(": "))
            && let Ok(status) = status.parse()
        {
            (observed.status, rest) = (Some(status), after);
        }
        if let Some(after) = rest.strip_prefix("exit status ") {
            let (code, after) = after.split_once(": ").unwrap_or((after, ""));
            if let Ok(code) = code.parse() {
                (observed.ending, rest) = (Some(Ending::Status(code)), after);
            }
        }
        match rest.rsplit_once(" = ").and_then(|(name, value)| Some((name, value.parse().ok()?))) {
            Some((name, value)) if !name.contains(": ") => observed.number = Some(Measured { name: name.to_owned(), value }),
            _ => observed.line = Some(rest.to_owned()).filter(|line| !line.is_empty()),
        }
        observed
    }
}

/// One line: `HTTP 500: exit status 22: <printed line>`.
impl fmt::Display for Observed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let status = self.status.map(|status| format!("HTTP {status}"));
        let ending = self.ending.map(|ending| ending.to_string());
        let number = self.number.as_ref().map(Measured::to_string);
        let parts: Vec<String> = [status, ending, number, self.line.clone()].into_iter().flatten().collect();
        f.write_str(&parts.join(": "))
    }
}

/// Records of format 1 contain a text.
impl<'de> Deserialize<'de> for Observed {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(deny_unknown_fields)]
        struct Fields {
            status: Option<u16>,
            ending: Option<Ending>,
            number: Option<Measured>,
            line: Option<String>,
        }
        match Value::deserialize(deserializer)? {
            Value::String(text) => Ok(Observed::parse(&text)),
            fields => {
                let Fields { status, ending, number, line } = serde_json::from_value(fields).map_err(serde::de::Error::custom)?;
                Ok(Observed { status, ending, number, line })
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_text_of_a_record_of_format_1_is_read_into_its_parts() {
        for (text, status, ending, number, line) in [
            ("", None, None, None, None),
            ("x.c:1: fatal error", None, None, None, Some("x.c:1: fatal error")),
            ("HTTP 200: hello", Some(200), None, None, Some("hello")),
            ("exit status 2: cc: no", None, Some(2), None, Some("cc: no")),
            ("exit status 2", None, Some(2), None, None),
            ("bytes - control.bytes = 12.5", None, None, Some(("bytes - control.bytes", 12.5)), None),
            ("warning: x = 3", None, None, None, Some("warning: x = 3")),
        ] {
            let wanted = Observed {
                status,
                ending: ending.map(Ending::Status),
                number: number.map(|(name, value): (&str, f64)| Measured { name: name.to_owned(), value }),
                line: line.map(str::to_owned),
            };
            let read: Observed = serde_json::from_value(text.into()).unwrap();
            assert_eq!(read, wanted, "{text}");
            assert_eq!(read.to_string(), text);
            assert_eq!(serde_json::from_value::<Observed>(serde_json::to_value(&read).unwrap()).unwrap(), read);
        }
    }
}
