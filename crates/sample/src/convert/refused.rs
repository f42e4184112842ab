//! Converters that are known by name only; a configuration that says one of them does not start.
//!
//! - `51d.single` and `da-csv-conv` need databases of devices.
//! - `jwt_decrypt_cert` and `jwt_verify_cert` need certificates.
//! - `in_table` and `table_*` need stick tables that an expression can reach, and that count.
//! - `debug` needs the event sinks that `show events` shows.

use crate::{row::Convert, value::Type};

pub(super) const TABLE: &[Convert] = &[
    Convert::refused("51d.single", Type::Str, Type::Str),
    Convert::refused("da-csv-conv", Type::Str, Type::Str),
    Convert::refused("debug", Type::Any, Type::Same),
    Convert::refused("in_table", Type::Any, Type::Bool),
    Convert::refused("jwt_decrypt_cert", Type::Bin, Type::Bin),
    Convert::refused("jwt_verify_cert", Type::Bin, Type::Int),
    Convert::refused("table_bytes_in_rate", Type::Any, Type::Int),
    Convert::refused("table_bytes_out_rate", Type::Any, Type::Int),
    Convert::refused("table_clr_gpc", Type::Any, Type::Int),
    Convert::refused("table_clr_gpc0", Type::Any, Type::Int),
    Convert::refused("table_clr_gpc1", Type::Any, Type::Int),
    Convert::refused("table_conn_cnt", Type::Any, Type::Int),
    Convert::refused("table_conn_cur", Type::Any, Type::Int),
    Convert::refused("table_conn_rate", Type::Any, Type::Int),
    Convert::refused("table_expire", Type::Any, Type::Int),
    Convert::refused("table_glitch_cnt", Type::Any, Type::Int),
    Convert::refused("table_glitch_rate", Type::Any, Type::Int),
    Convert::refused("table_gpc", Type::Any, Type::Int),
    Convert::refused("table_gpc0", Type::Any, Type::Int),
    Convert::refused("table_gpc0_rate", Type::Any, Type::Int),
    Convert::refused("table_gpc1", Type::Any, Type::Int),
    Convert::refused("table_gpc1_rate", Type::Any, Type::Int),
    Convert::refused("table_gpc_rate", Type::Any, Type::Int),
    Convert::refused("table_gpt", Type::Any, Type::Int),
    Convert::refused("table_gpt0", Type::Any, Type::Int),
    Convert::refused("table_http_err_cnt", Type::Any, Type::Int),
    Convert::refused("table_http_err_rate", Type::Any, Type::Int),
    Convert::refused("table_http_fail_cnt", Type::Any, Type::Int),
    Convert::refused("table_http_fail_rate", Type::Any, Type::Int),
    Convert::refused("table_http_req_cnt", Type::Any, Type::Int),
    Convert::refused("table_http_req_rate", Type::Any, Type::Int),
    Convert::refused("table_idle", Type::Any, Type::Int),
    Convert::refused("table_inc_gpc", Type::Any, Type::Int),
    Convert::refused("table_inc_gpc0", Type::Any, Type::Int),
    Convert::refused("table_inc_gpc1", Type::Any, Type::Int),
    Convert::refused("table_kbytes_in", Type::Any, Type::Int),
    Convert::refused("table_kbytes_out", Type::Any, Type::Int),
    Convert::refused("table_server_id", Type::Any, Type::Int),
    Convert::refused("table_sess_cnt", Type::Any, Type::Int),
    Convert::refused("table_sess_rate", Type::Any, Type::Int),
    Convert::refused("table_trackers", Type::Any, Type::Int),
];
