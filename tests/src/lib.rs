//! Support for the integration tests; the tests themselves are in `it/`.
