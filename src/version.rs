//! Versions of etcd, compared as numbers.

use std::fmt;
use std::str::FromStr;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A released version of etcd: `3.5.30`.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(try_from = "String", into = "String")]
#[schemars(with = "String")]
pub struct Version {
    /// The first number.
    pub major: u16,
    /// The second number: etcd upgrades go one minor at a time.
    pub minor: u16,
    /// The third number.
    pub patch: u16,
}

/// A text that is no version.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` is not a version such as 3.5.30")]
pub struct VersionError {
    text: String,
}

impl Version {
    /// A version from its three numbers.
    pub const fn new(major: u16, minor: u16, patch: u16) -> Self {
        Self {
            major,
            minor,
            patch,
        }
    }

    /// Whether both have the same first two numbers.
    pub const fn same_minor(self, other: Self) -> bool {
        self.major == other.major && self.minor == other.minor
    }

    /// Whether two members of these versions can be in one cluster: the same minor
    /// version, or one apart.
    pub const fn is_beside(self, other: Self) -> bool {
        self.major == other.major && self.minor.abs_diff(other.minor) <= 1
    }

    /// Whether its first two numbers are less.
    pub const fn is_minor_before(self, other: Self) -> bool {
        self.major < other.major || (self.major == other.major && self.minor < other.minor)
    }
}

impl FromStr for Version {
    type Err = VersionError;

    /// Reads `3.5.30`; what follows a `-` or `+` (a pre-release, a build) is left out.
    fn from_str(text: &str) -> Result<Self, VersionError> {
        let error = || VersionError {
            text: text.to_owned(),
        };
        let release = text.split(['-', '+']).next().unwrap_or(text);
        let numbers: Result<Vec<u16>, _> = release.split('.').map(str::parse).collect();
        match numbers.map_err(|_| error())?.as_slice() {
            &[major, minor, patch] => Ok(Self {
                major,
                minor,
                patch,
            }),
            _ => Err(error()),
        }
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}.{}", self.major, self.minor, self.patch)
    }
}

impl TryFrom<String> for Version {
    type Error = VersionError;

    fn try_from(text: String) -> Result<Self, VersionError> {
        text.parse()
    }
}

impl From<Version> for String {
    fn from(version: Version) -> String {
        version.to_string()
    }
}
