//! `etcdplan observe`: records what is live, for `plan --live`.

use crate::observation::Observation;
use crate::observation::recording;
use crate::render::plain::plain;

/// The recording itself, for stdout.
pub fn document(observation: &Observation) -> String {
    recording::write(observation)
}

/// What was recorded, in a line for stderr: nobody reads the recording to see whether it is whole.
pub fn summary(observation: &Observation) -> String {
    format!(
        "recorded cluster {} at {}: {}",
        observation.cluster_id,
        plain(&observation.observed_at),
        plain(&observation.to_string()),
    )
}
