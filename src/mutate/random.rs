//! Pseudorandom numbers that are the same on every machine.

/// A pseudorandom number that depends only on a seed and a name.
pub fn chance(seed: u64, name: &str) -> u64 {
    use sha2::{Digest, Sha256};
    let digest = Sha256::digest(format!("{seed} {name}"));
    digest.iter().take(8).fold(0, |number, byte| number << 8 | u64::from(*byte))
}
