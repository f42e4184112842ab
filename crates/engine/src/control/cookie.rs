//! Commands about dynamic cookies: `enable`, `disable dynamic-cookie`, `set dynamic-cookie-key`.

use super::{Answer, Call, Command, command};
use crate::state::process::DynamicCookie;
use config::keyword::stats::Level::Admin;

pub(super) const TABLE: &[Command] = &[
    command(
        "disable dynamic-cookie backend <bk>",
        "disable dynamic-cookie backend",
        Admin,
        "give servers no cookies of their addresses",
        |call| change(call, |dynamic| dynamic.on = false),
    ),
    command(
        "enable dynamic-cookie backend <bk>",
        "enable dynamic-cookie backend",
        Admin,
        "give servers cookies of their addresses",
        |call| change(call, |dynamic| dynamic.on = true),
    ),
    command(
        "set dynamic-cookie-key backend <bk> <k>",
        "set dynamic-cookie-key backend",
        Admin,
        "change the secret of dynamic cookies",
        |call| {
            let key = call.arg(1).as_bytes().to_vec();
            call.backend(call.arg(0)).ok_or_else(|| Answer::error("No such backend."))?;
            if key.is_empty() {
                return Err(Answer::error("String value expected."));
            }
            change(call, |dynamic| dynamic.key = Some(key))
        },
    ),
];

fn change(call: &Call<'_>, change: impl FnOnce(&mut DynamicCookie)) -> Result<Answer, Answer> {
    let index = call.backend(call.arg(0)).ok_or_else(|| Answer::error("No such backend."))?;
    let process = &call.worker.process;
    if let Some((proxy, state)) = process.config.proxies.get(index).zip(process.proxies.get(index)) {
        state.change_dynamic(proxy, change);
    }
    Ok(Answer::Done)
}
