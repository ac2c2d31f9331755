//! What is wrong with a file: every problem, with its code, places, and help.

use std::fmt;
use std::ops::Range;

use miette::{LabeledSpan, Severity};

/// The code of a problem: `E` errors, `W` warnings. `explain` knows each.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Code {
    /// The text is no YAML.
    Syntax,
    /// A field that the format does not have.
    UnknownField,
    /// One key twice in one mapping.
    DuplicateKey,
    /// A value of another type.
    WrongType,
    /// A field that must be there is not.
    MissingField,
    /// A key without a value.
    Null,
    /// A YAML tag.
    Tag,
    /// A YAML merge key.
    MergeKey,
    /// Nothing in the file.
    Empty,
    /// More than 1 MiB.
    TooLarge,
    /// One URL used twice.
    UrlUsedTwice,
    /// A URL that etcd would refuse.
    BadUrl,
    /// An empty list of URLs.
    NoUrl,
    /// One name used twice.
    NameUsedTwice,
    /// A name that etcd could not be given.
    BadName,
    /// An id that is none.
    BadId,
    /// One id used twice.
    IdUsedTwice,
    /// No member votes.
    NoVoter,
    /// An even number of voters.
    EvenVoters,
    /// Voters are not spread over zones.
    ZoneSpread,
    /// A version that is none.
    BadVersion,
    /// A size or a duration that is none.
    BadAmount,
    /// Another `apiVersion`.
    ApiVersion,
    /// A driver that does not fit.
    Driver,
    /// Something that is set and cannot be used yet.
    NotAvailable,
    /// One data directory of a host used twice.
    DirectoryUsedTwice,
    /// A variable that etcdplan sets itself.
    ReservedVariable,
    /// Bytes that are no UTF-8.
    NoText,
    /// Backups are wanted, and nothing says where they go.
    NoBackupFolder,
    /// Warning: the loss of one zone loses quorum.
    ZoneSpreadWarning,
    /// Warning: more than one lasting learner.
    SeveralLearners,
}

impl Code {
    /// Every code.
    pub const ALL: [Self; 31] = [
        Self::Syntax,
        Self::UnknownField,
        Self::DuplicateKey,
        Self::WrongType,
        Self::MissingField,
        Self::Null,
        Self::Tag,
        Self::MergeKey,
        Self::Empty,
        Self::TooLarge,
        Self::UrlUsedTwice,
        Self::BadUrl,
        Self::NoUrl,
        Self::NameUsedTwice,
        Self::BadName,
        Self::BadId,
        Self::IdUsedTwice,
        Self::NoVoter,
        Self::EvenVoters,
        Self::ZoneSpread,
        Self::BadVersion,
        Self::BadAmount,
        Self::ApiVersion,
        Self::Driver,
        Self::NotAvailable,
        Self::DirectoryUsedTwice,
        Self::ReservedVariable,
        Self::NoText,
        Self::NoBackupFolder,
        Self::ZoneSpreadWarning,
        Self::SeveralLearners,
    ];

    /// The code as printed.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Syntax => "E0101",
            Self::UnknownField => "E0102",
            Self::DuplicateKey => "E0103",
            Self::WrongType => "E0104",
            Self::MissingField => "E0105",
            Self::Null => "E0106",
            Self::Tag => "E0107",
            Self::MergeKey => "E0108",
            Self::Empty => "E0109",
            Self::TooLarge => "E0110",
            Self::UrlUsedTwice => "E0111",
            Self::BadUrl => "E0112",
            Self::NoUrl => "E0113",
            Self::NameUsedTwice => "E0114",
            Self::BadName => "E0115",
            Self::BadId => "E0116",
            Self::IdUsedTwice => "E0117",
            Self::NoVoter => "E0118",
            Self::EvenVoters => "E0119",
            Self::ZoneSpread => "E0120",
            Self::BadVersion => "E0121",
            Self::BadAmount => "E0122",
            Self::ApiVersion => "E0123",
            Self::Driver => "E0124",
            Self::NotAvailable => "E0125",
            Self::DirectoryUsedTwice => "E0126",
            Self::ReservedVariable => "E0127",
            Self::NoText => "E0128",
            Self::NoBackupFolder => "E0478",
            Self::ZoneSpreadWarning => "W0201",
            Self::SeveralLearners => "W0202",
        }
    }

    /// Whether the file can still be used.
    pub fn is_warning(self) -> bool {
        matches!(self, Self::ZoneSpreadWarning | Self::SeveralLearners)
    }
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// One thing that is wrong with a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// Its code.
    pub code: Code,
    /// What is wrong: a fragment without a final period.
    pub message: String,
    /// Where: bytes of the text, each with what stands there.
    pub labels: Vec<Label>,
    /// What to write instead.
    pub help: String,
}

/// A place in the text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Label {
    /// Bytes of the text, on character boundaries.
    pub span: Range<usize>,
    /// What stands there.
    pub text: String,
}

/// Everything that is wrong with a file, errors and warnings.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problems {
    /// The file's name.
    pub file: String,
    /// Its text, without a byte order mark.
    pub text: String,
    /// Bytes of the file before the text: those of a byte order mark.
    pub before_text: usize,
    /// In the order of the text; the first hundred of very many.
    pub list: Vec<Problem>,
    /// How many errors there are beyond these.
    pub untold_errors: usize,
}

impl Problems {
    /// The problems of a file.
    pub(super) fn new(file: &str, text: &str, list: Vec<Problem>) -> Self {
        Self {
            file: file.to_owned(),
            text: text.to_owned(),
            before_text: 0,
            list,
            untold_errors: 0,
        }
    }

    /// The number of errors.
    pub fn errors(&self) -> usize {
        self.list.len() - self.warnings() + self.untold_errors
    }

    /// The number of warnings.
    pub fn warnings(&self) -> usize {
        let warnings = self.list.iter().filter(|problem| problem.code.is_warning());
        warnings.count()
    }

    /// Line and column of a byte, both from 1; columns count characters.
    pub fn line_and_column(&self, byte: usize) -> (usize, usize) {
        let before = self.text.get(..byte).unwrap_or(&self.text);
        let line_start = before.rfind('\n').map_or(0, |at| at + 1);
        let column = before
            .get(line_start..)
            .map_or(0, |rest| rest.chars().count());
        (before.matches('\n').count() + 1, column + 1)
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.message)
    }
}

impl std::error::Error for Problem {}

impl miette::Diagnostic for Problem {
    fn code<'a>(&'a self) -> Option<Box<dyn fmt::Display + 'a>> {
        Some(Box::new(self.code))
    }

    fn severity(&self) -> Option<Severity> {
        Some(if self.code.is_warning() {
            Severity::Warning
        } else {
            Severity::Error
        })
    }

    fn help<'a>(&'a self) -> Option<Box<dyn fmt::Display + 'a>> {
        if self.help.is_empty() {
            return None;
        }
        Some(Box::new(&self.help))
    }

    fn labels(&self) -> Option<Box<dyn Iterator<Item = LabeledSpan> + '_>> {
        let labels = self.labels.iter().map(|label| {
            let length = label.span.end - label.span.start;
            LabeledSpan::new(Some(label.text.clone()), label.span.start, length)
        });
        Some(Box::new(labels))
    }
}
