//! `schemas/` is what the types say. `ETCDPLAN_REWRITE=1` writes it again.

use std::fs;
use std::path::Path;

use etcdplan::topology::document;

#[test]
fn topology() {
    let schema = serde_json::to_string_pretty(&document::schema()).unwrap() + "\n";
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("schemas/topology.v1.json");
    if std::env::var_os("ETCDPLAN_REWRITE").is_some() {
        fs::write(&path, &schema).unwrap();
    }
    assert_eq!(
        fs::read_to_string(path).unwrap(),
        schema,
        "run again with ETCDPLAN_REWRITE=1"
    );
}
