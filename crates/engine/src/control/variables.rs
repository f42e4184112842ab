//! `get var`: the variables of the process.

use super::{Answer, Call, Command, command};
use config::keyword::stats::Level::Operator;
use sample::{Value, stream::Scope};

pub(super) const TABLE: &[Command] =
    &[command("get var <name>", "get var", Operator, "a variable of the process", get_var)];

fn get_var(call: &mut Call<'_>) -> Result<Answer, Answer> {
    let name = call.arg(0);
    if name.is_empty() {
        return Err(Answer::error("Missing process-wide variable identifier."));
    }
    let process = &call.worker.process;
    let id = name.strip_prefix("proc.").and_then(|name| process.config.vars.find(Scope::Proc, name.as_bytes()));
    let value = id.and_then(|id| process.proc_vars.get(&id).map(|v| v.clone()));
    let value = value.ok_or_else(|| Answer::error("Variable not found."))?;
    let kind = value.of_type().name();
    let text = match value {
        Value::Bool(b) => u32::from(b).to_string(),
        value => String::from_utf8_lossy(&value.into_str().unwrap_or_default()).into_owned(),
    };
    Ok(Answer::info(format!("{name}: type={kind} value=<{text}>")))
}
