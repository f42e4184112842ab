//! Actions that are known by name and stop the start: what they do would be missing.

use super::Row;
use crate::flow::Ruleset::{self, *};
use sample::row::Support;

#[rustfmt::skip]
pub(super) const ROWS: &[Row] = &[
    refused("accept", &[QuicInitial], false, ""),
    refused("attach-srv", &[TcpRequestSession], false, "NAME/NAME [name EXPR]"),
    refused("cache-store", &[HttpResponse], false, "NAME"),
    refused("cache-use", &[HttpRequest], false, "NAME"),
    refused("dgram-drop", &[QuicInitial], false, ""),
    refused("do-log", &[QuicInitial, TcpRequestConnection, TcpRequestSession, TcpRequestContent, TcpResponseContent, HttpRequest, HttpResponse, HttpAfterResponse], false, "[profile NAME]"),
    refused("do-resolve", &[TcpRequestContent, HttpRequest], true, "(VAR,RESOLVERS[,ipv4|ipv6]) EXPR"),
    refused("lua.", &[TcpRequestContent, TcpResponseContent, HttpRequest, HttpResponse, HttpAfterResponse], true, "[ARG...]"),
    refused("ot-group", &[TcpRequestContent, TcpResponseContent, HttpRequest, HttpResponse, HttpAfterResponse], false, "OT_ID GROUP"),
    refused("reject", &[QuicInitial], false, ""),
    refused("send-retry", &[QuicInitial], false, ""),
    refused("send-spoe-group", &[TcpRequestContent, TcpResponseContent, HttpRequest, HttpResponse], false, "ENGINE GROUP"),
    refused("set-bandwidth-limit", &[TcpRequestContent, TcpResponseContent, HttpRequest, HttpResponse], false, "NAME [limit {EXPR|SIZE}] [period {EXPR|TIME}]"),
    refused("set-var", &[TcpCheck, HttpCheck], true, "(VAR[,{ifexists|ifnotexists|ifempty|ifnotempty|ifset|ifnotset|ifgt|iflt}...]) EXPR"),
    refused("set-var-fmt", &[TcpCheck, HttpCheck], true, "(VAR[,{ifexists|ifnotexists|ifempty|ifnotempty|ifset|ifnotset|ifgt|iflt}...]) FMT"),
    refused("unset-var", &[TcpCheck, HttpCheck], true, "(VAR)"),
    refused("use-service", &[TcpRequestContent, HttpRequest], false, "NAME|lua.NAME"),
    refused("connect", &[TcpCheck, HttpCheck], false, "..."),
    refused("send", &[TcpCheck, HttpCheck], false, "..."),
    refused("expect", &[TcpCheck, HttpCheck], false, "..."),
    refused("comment", &[TcpCheck, HttpCheck], false, "STR"),
    refused("send-lf", &[TcpCheck], false, "FMT"),
    refused("send-binary", &[TcpCheck], false, "HEX"),
    refused("send-binary-lf", &[TcpCheck], false, "FMT"),
    refused("disable-on-404", &[HttpCheck], false, ""),
    refused("send-state", &[HttpCheck], false, ""),
];

const fn refused(name: &'static str, rulesets: &'static [Ruleset], glued: bool, args: &'static str) -> Row {
    Row { name, rulesets, glued, args, parse: |_| None, ok: &[], bad: &[], support: Support::Refused }
}
