//! Converters that are known by name only; a configuration that says one of them does not start.
//!
//! - `51d.single` and `da-csv-conv` need databases of devices.
//! - `jwt_decrypt_cert` and `jwt_verify_cert` need certificates.
//! - `debug` needs the event sinks that `show events` shows.

use crate::{row::Convert, value::Type};

pub(super) const TABLE: &[Convert] = &[
    Convert::refused("51d.single", Type::Str, Type::Str),
    Convert::refused("da-csv-conv", Type::Str, Type::Str),
    Convert::refused("debug", Type::Any, Type::Same),
    Convert::refused("jwt_decrypt_cert", Type::Bin, Type::Bin),
    Convert::refused("jwt_verify_cert", Type::Bin, Type::Int),
];
