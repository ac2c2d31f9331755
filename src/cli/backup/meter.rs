//! How far a backup has come, in words.

use std::time::Duration;

use crate::amount::Size;
use crate::etcd::backup::Stage;

/// `12.5 MiB of 500 MiB, 210 MiB/s`.
pub(super) fn words(stage: Stage, of: Size, elapsed: Duration) -> String {
    match stage {
        Stage::Received(bytes) => {
            let millis = u64::try_from(elapsed.as_millis()).unwrap_or(u64::MAX);
            let rate = bytes.saturating_mul(1000).checked_div(millis);
            let rate = rate.map(|rate| format!(", {}/s", size(rate)));
            // A database that is written to may have grown.
            let of = size(of.0.max(bytes));
            format!("{} of {of}{}", size(bytes), rate.unwrap_or_default())
        }
        Stage::ReadBack => "reading it back".to_owned(),
    }
}

/// A size without a fraction that says nothing.
fn size(bytes: u64) -> String {
    Size(bytes).to_string().replace(".0 ", " ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_says_how_much_and_how_fast() {
        let told = |bytes, millis| {
            let elapsed = Duration::from_millis(millis);
            words(Stage::Received(bytes), Size(500 << 20), elapsed)
        };
        assert_eq!(told(100 << 20, 500), "100 MiB of 500 MiB, 200 MiB/s");
        assert_eq!(told(0, 0), "0 B of 500 MiB");
        assert_eq!(told(600 << 20, 3000), "600 MiB of 600 MiB, 200 MiB/s");
    }
}
