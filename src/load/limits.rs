//! The limits of a scenario's containers.

use super::raw;
use super::steps::time;
use crate::model::keys::Size;
use crate::model::limits::Limits;

/// What the scenario gives, else the default. Malformed values are reported elsewhere.
pub(super) fn limits(raw: Option<&raw::Limits>) -> Limits {
    let usual = Limits::default();
    let Some(raw) = raw else { return usual };
    Limits {
        memory: bytes(&raw.memory).unwrap_or(usual.memory),
        processes: raw.processes,
        cpu: raw.cpu.saturating_mul(1000),
        disk: bytes(&raw.disk).unwrap_or(usual.disk),
        silence: time(&raw.silence).map_or(usual.silence, |time| time.as_secs()),
    }
}

/// Parses `512MiB` or `4GiB`.
fn bytes(size: &Size) -> Option<u64> {
    let (number, shift) = match size.0.strip_suffix("GiB") {
        Some(number) => (number, 30),
        None => (size.0.strip_suffix("MiB")?, 20),
    };
    Some(u64::from(number.parse::<u16>().ok()?) << shift)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_that_are_missing_have_the_default() {
        let limits = |text: &str| limits(Some(&serde_yaml::from_str(text).unwrap()));
        assert_eq!(limits("{}"), Limits::default());
        let given = limits("{memory: 512MiB, processes: 64, cpu: 4, disk: 8GiB, silence: 20m}");
        assert_eq!(given, Limits { memory: 512 << 20, processes: 64, cpu: 4000, disk: 8 << 30, silence: 1200 });
    }
}
