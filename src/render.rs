//! Renderings of the plan document: nothing here adds to what the plan says.
//!
//! Layer 4. Each rendering is a function from [`Plan`](crate::plan::Plan) to
//! text; the command line decides which, and in which colours. [`text`] is for
//! people, [`html`] the same as a page, [`json`] is the document itself. Text from files and servers is
//! untrusted: each rendering writes out what would act on its reader
//! ([`plain`] for terminals).

mod clients;
mod count;
mod difference;
mod dot;
mod fleet;
mod github;
mod gitlab;
mod header;
mod html;
mod json;
mod markdown;
mod members;
mod mermaid;
mod moved;
mod narrow;
mod notices;
pub(crate) mod page;
pub mod palette;
pub mod plain;
mod question;
mod recovery;
mod roster;
#[cfg(feature = "live")]
pub(crate) mod shell;
mod steps;
mod subject;
mod summary;
mod text;
mod title;
mod view;
mod zones;

pub use count::counted;
pub use dot::dot;
pub use github::{annotations, github};
pub use gitlab::gitlab;
pub use html::html;
pub use json::json;
pub use markdown::{LIMIT as COMMENT_LIMIT, markdown};
pub use mermaid::mermaid;
pub use moved::{Row, moved};
pub use narrow::narrow;
pub use notices::{Notice, Position, Range, Severity, pointer};
pub use question::Question;
pub use subject::Subject;
pub use text::text;
pub use title::title;
pub use view::{Detail, View};
