//! The tests that need no etcd: one binary, a module for each thing tested.

mod render;
