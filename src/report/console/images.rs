//! The result of obtaining images without running cells.

use std::io::{self, Write};
use std::time::Duration;

use crate::model::cause::spelled;
use crate::model::record::Acquired;
use crate::report::text::duration;
use crate::run::Built;

/// Prints one line: how many images were built or there, what became of bases, how long it took, and what is missing.
pub fn images(built: &Built, took: Duration, out: &mut dyn Write) -> io::Result<()> {
    let count = built.images.iter().filter(|image| image.built).count();
    let pulled = built.images.iter().filter(|image| image.pulled).count();
    let plural = |count: usize| if count == 1 { "" } else { "s" };
    let mut line = format!("{count} image{} built, ", plural(count));
    if pulled > 0 {
        line += &format!("{pulled} pulled, ");
    }
    line += &format!("{} present", built.images.len() - count - pulled);
    for how in [Acquired::Pulled, Acquired::Bootstrapped, Acquired::Built, Acquired::Imported, Acquired::Present] {
        let bases = built.bases.iter().filter(|base| base.how == how).count();
        if bases > 0 {
            line += &format!(", {bases} base{} {}", plural(bases), spelled(how));
        }
    }
    line += &format!(", in {}", duration(took.as_millis().try_into().unwrap_or(u64::MAX)));
    if built.interrupted {
        line += "; interrupted";
    }
    if built.missing > 0 {
        line += &format!(
            "; {} of the images that cells need {} missing",
            built.missing,
            if built.missing == 1 { "is" } else { "are" }
        );
    }
    writeln!(out, "{line}")
}
