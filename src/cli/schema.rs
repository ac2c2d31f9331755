//! `etcdplan schema`: the JSON Schema of a document, generated from its type.

use crate::observation::Observation;
use crate::plan::Plan;
use crate::plan::fleet::Fleet;
use crate::topology::document;

use super::args::{Schema, SchemaName};
use super::console::Console;
use super::exit::Exit;
use super::failure::Failure;

/// Prints the schema.
pub(super) fn run(console: &Console, arguments: Schema) -> Result<Exit, Failure> {
    console.document(&document(arguments.name))?;
    Ok(Exit::Done)
}

/// The schema, as the files of `schemas/` hold it.
pub fn document(name: SchemaName) -> String {
    let schema = match name {
        SchemaName::Topology => document::schema(),
        SchemaName::Plan => schemars::schema_for!(Plan),
        SchemaName::Fleet => schemars::schema_for!(Fleet),
        SchemaName::Observation => schemars::schema_for!(Observation),
    };
    format!("{:#}\n", schema.to_value())
}
