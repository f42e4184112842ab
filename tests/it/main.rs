//! Every integration test of the project, in one binary.
