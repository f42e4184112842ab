//! The statistics page as HTML (manual, section 4.2 `stats …`).

use super::{
    column::{COLUMNS, Field},
    info::uptime,
    object::{Filter, Object, What, of_proxy, proxies},
    page::Asked,
    show,
    status::{Course, check_words, course, status},
};
use crate::state::{Process, server::Health};
use config::keyword::stats::Stats;
use std::{fmt::Write, sync::atomic::Ordering::Relaxed};

/// One column of the tables.
struct Cell {
    group: &'static str,
    head: &'static str,
    of: fn(&Object<'_>) -> String,
}

const fn cell(group: &'static str, head: &'static str, of: fn(&Object<'_>) -> String) -> Cell {
    Cell { group, head, of }
}

const CELLS: &[Cell] = &[
    cell("Queue", "Cur", |o| value(o, "qcur")),
    cell("Queue", "Max", |o| value(o, "qmax")),
    cell("Queue", "Limit", |o| limit(o, "qlimit")),
    cell("Session rate", "Cur", |o| value(o, "rate")),
    cell("Session rate", "Max", |o| value(o, "rate_max")),
    cell("Session rate", "Limit", |o| limit(o, "rate_lim")),
    cell("Sessions", "Cur", |o| value(o, "scur")),
    cell("Sessions", "Max", |o| value(o, "smax")),
    cell("Sessions", "Limit", |o| limit(o, "slim")),
    cell("Sessions", "Total", |o| value(o, "stot")),
    cell("Sessions", "LbTot", |o| value(o, "lbtot")),
    cell("Sessions", "Last", last),
    cell("Bytes", "In", |o| value(o, "bin")),
    cell("Bytes", "Out", |o| value(o, "bout")),
    cell("Denied", "Req", |o| value(o, "dreq")),
    cell("Denied", "Resp", |o| value(o, "dresp")),
    cell("Errors", "Req", |o| value(o, "ereq")),
    cell("Errors", "Conn", |o| value(o, "econ")),
    cell("Errors", "Resp", |o| value(o, "eresp")),
    cell("Warnings", "Retr", |o| value(o, "wretr")),
    cell("Warnings", "Redis", |o| value(o, "wredis")),
    cell("Server", "Status", state),
    cell("Server", "LastChk", last_check),
    cell("Server", "Wght", |o| match o.server() {
        Some(_) => format!("{}/{}", value(o, "weight"), value(o, "uweight")),
        None => value(o, "weight"),
    }),
    cell("Server", "Act", |o| kind(o, "act")),
    cell("Server", "Bck", |o| kind(o, "bck")),
    cell("Server", "Chk", |o| value(o, "chkfail")),
    cell("Server", "Dwn", |o| value(o, "chkdown")),
    cell("Server", "Dwntme", |o| match field(o, "downtime") {
        Field::Int(seconds) => age(seconds),
        _ => String::new(),
    }),
    cell("Server", "Thrtle", |o| match (o.server(), field(o, "throttle")) {
        (_, Field::Int(percent)) => format!("{percent} %"),
        (Some(_), _) => "-".into(),
        _ => String::new(),
    }),
];

/// The colours of rows, by class: plain, and for dark screens.
const COLOURS: &[(&str, &str, &str)] = &[
    ("active_up", "#c0ffc0", "#165900"),
    ("active_going_down", "#ffffa0", "#6c6c00"),
    ("active_going_up", "#ffd020", "#b99200"),
    ("active_down", "#ff9090", "#760000"),
    ("active_nolb", "#20a0ff", "#006ab9"),
    ("active_draining", "#20a0ff", "#006ab9"),
    ("active_no_check", "#e0e0e0", "#2a2d2f"),
    ("backup_up", "#b0d0ff", "#2e3234"),
    ("backup_going_down", "#c060ff", "#580092"),
    ("backup_going_up", "#ff80ff", "#7f007f"),
    ("backup_down", "#ff9090", "#760000"),
    ("backup_nolb", "#90b0e0", "#1e3c6a"),
    ("backup_draining", "#cc9900", "#a37a00"),
    ("backup_no_check", "#e0e0e0", "#2a2d2f"),
    ("maintain", "#c07820", "#9a601a"),
    ("frontend", "#e8e8d0", "#2f3437"),
    ("backend", "#e8e8d0", "#2f3437"),
    ("socket", "#d0d0d0", "#2a2d2f"),
    ("titre", "#20d0d0", "#1aa6a6"),
];

/// The legend: class and what it stands for.
const LEGEND: &[(&str, &str)] = &[
    ("active_up", "active UP"),
    ("backup_up", "backup UP"),
    ("active_going_down", "active UP, going down"),
    ("backup_going_down", "backup UP, going down"),
    ("active_going_up", "active DOWN, going up"),
    ("backup_going_up", "backup DOWN, going up"),
    ("active_down", "active or backup DOWN"),
    ("active_no_check", "not checked"),
    ("maintain", "active or backup DOWN for maintenance (MAINT)"),
    ("active_draining", "active or backup SOFT STOPPED for maintenance (DRAIN) or NOLB"),
];

/// What the form offers: value and label.
const ACTIONS: &[(&str, &str)] = &[
    ("", ""),
    ("ready", "Set state to READY"),
    ("drain", "Set state to DRAIN"),
    ("maint", "Set state to MAINT"),
    ("dhlth", "Health: disable checks"),
    ("ehlth", "Health: enable checks"),
    ("hrunn", "Health: force UP"),
    ("hnolb", "Health: force NOLB"),
    ("hdown", "Health: force DOWN"),
    ("shutdown", "Kill Sessions"),
];

/// The messages behind an action: code, class, words.
const MESSAGES: &[(&str, &str, &str)] = &[
    ("DONE", "active_up", "Action processed successfully."),
    ("NONE", "active_going_down", "Nothing has changed."),
    ("PART", "active_going_down", "Action partially processed: some of the servers do not exist."),
    ("ERRP", "active_down", "Action not processed because of invalid parameters."),
    ("EXCD", "active_down", "Action not processed: the buffer could not hold all the data."),
    ("DENY", "active_down", "Action denied."),
    ("UNKN", "active_no_check", "Unexpected result."),
];

/// The whole page.
pub fn page(process: &Process, stats: &Stats, filter: &Filter, asked: &Asked, admin: bool) -> String {
    let mut out = String::with_capacity(16 * 1024);
    let node = node(process, stats);
    let on_node = node.as_ref().map_or(String::new(), |node| format!(" on {}", escaped(node)));
    let _ = write!(
        out,
        "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\n\
         <title>Statistics Report for HAProxy{on_node}</title>\n<style>{}</style></head>\n<body>\n",
        style()
    );
    heading(process, stats, &on_node, &mut out);
    if let Some(code) = &asked.code {
        message(code, stats, &mut out);
    }
    options(stats, asked, &mut out);
    for index in proxies(process, filter) {
        table(process, stats, filter, index, admin, &mut out);
    }
    out.push_str("</body></html>\n");
    out
}

fn style() -> String {
    let mut style = String::from(
        "body{font:13px sans-serif;margin:1em}table{border-collapse:collapse;margin:.5em 0 1.5em;font-size:12px}\
         td,th{border:1px solid #888;padding:1px 5px;text-align:right;white-space:nowrap}\
         td.n,caption{text-align:left}caption{font-weight:bold;font-size:14px}\
         .legend td,.info td{text-align:left;border:0}a{color:inherit}",
    );
    for (class, plain, _) in COLOURS {
        let _ = write!(style, ".{class}{{background:{plain}}}");
    }
    style.push_str("@media(prefers-color-scheme:dark){body{background:#131516;color:#d8d4cf}");
    for (class, _, dark) in COLOURS {
        let _ = write!(style, ".{class}{{background:{dark}}}");
    }
    style.push('}');
    style
}

fn node(process: &Process, stats: &Stats) -> Option<String> {
    let said = stats.show_node.as_ref()?;
    let own = process.config.global.node.as_deref().unwrap_or(process.hostname.as_bytes());
    Some(String::from_utf8_lossy(said.as_deref().unwrap_or(own)).into_owned())
}

fn heading(process: &Process, stats: &Stats, on_node: &str, out: &mut String) {
    let version = if stats.hide_version { String::new() } else { format!(" version {}", config::VERSION) };
    let own = process.config.global.description.as_deref();
    let description = stats.show_desc.as_ref().and_then(|said| said.as_deref().or(own));
    let description =
        description.map_or(String::new(), |text| format!(": {}", escaped(&String::from_utf8_lossy(text))));
    let pid = process.pid;
    let _ = write!(
        out,
        "<h1>HAProxy{version}</h1>\n<h2>Statistics Report for pid {pid}{on_node}{description}</h2>\n\
         <h3>&gt; General process information</h3>\n<table class=\"info\"><tr><td>\
         <b>pid =</b> {pid} (process #1, nbproc = 1, nbthread = {})<br>\n<b>uptime =</b> {}<br>\n\
         <b>maxconn =</b> {}; <b>reached =</b> {}<br>\n\
         current conns = {}; conn rate = {}/sec; bit rate = {} kbps<br>\nidle = {} %</td>\n",
        process.threads,
        uptime(process.uptime().as_secs()),
        process.maxconn.load(Relaxed),
        process.maxconn_reached.load(Relaxed),
        process.connections.get(),
        process.connection_rate.get(process.ms_now()),
        process.meter.bytes_out_rate.load(Relaxed) * 8 / 1000,
        process.meter.idle_pct.load(Relaxed),
    );
    out.push_str("<td><table class=\"legend\">");
    for pair in LEGEND.chunks(2) {
        out.push_str("<tr>");
        for (class, words) in pair {
            let _ = write!(out, "<td class=\"{class}\">&nbsp;&nbsp;</td><td>{words}</td>");
        }
        out.push_str("</tr>");
    }
    out.push_str("</table>Note: \"NOLB\"/\"DRAIN\" = UP with load-balancing disabled.</td></tr></table>\n");
}

fn message(code: &str, stats: &Stats, out: &mut String) {
    let known = MESSAGES.iter().find(|(name, ..)| *name == code).or(MESSAGES.last());
    let Some((_, class, words)) = known else { return };
    let uri = escaped(&String::from_utf8_lossy(&stats.uri));
    let _ = writeln!(out, "<p class=\"{class}\">[<a href=\"{uri}\" title=\"Remove this message\">X</a>] {words}</p>");
}

fn options(stats: &Stats, asked: &Asked, out: &mut String) {
    let uri = escaped(&String::from_utf8_lossy(&stats.uri));
    let scope = escaped(&String::from_utf8_lossy(&asked.filter.scope));
    let scoped = if scope.is_empty() { String::new() } else { format!("?scope={scope}") };
    let up = if asked.filter.up { ";up" } else { "" };
    let no_refresh = if asked.no_refresh { ";norefresh" } else { "" };
    let _ = write!(
        out,
        "<form method=\"get\">Scope: <input name=\"scope\" size=\"8\" maxlength=\"20\" value=\"{scope}\"></form>\n<ul>\n"
    );
    let (toggle, word) = if asked.filter.up { ("", "Show all servers") } else { (";up", "Hide 'DOWN' servers") };
    let _ = writeln!(out, "<li><a href=\"{uri}{toggle}{no_refresh}{scoped}\">{word}</a></li>");
    if stats.refresh.is_some() {
        let (toggle, word) = if asked.no_refresh { ("", "Enable refresh") } else { (";norefresh", "Disable refresh") };
        let _ = writeln!(out, "<li><a href=\"{uri}{up}{toggle}{scoped}\">{word}</a></li>");
    }
    let _ = write!(
        out,
        "<li><a href=\"{uri}{up}{no_refresh}{scoped}\">Refresh now</a></li>\n\
         <li><a href=\"{uri};csv;norefresh{scoped}\">CSV export</a></li>\n\
         <li><a href=\"{uri};json;norefresh{scoped}\">JSON export</a></li>\n</ul>\n"
    );
}

fn table(process: &Process, stats: &Stats, filter: &Filter, index: usize, admin: bool, out: &mut String) {
    let Some(config) = process.config.proxies.get(index) else { return };
    let name = escaped(&String::from_utf8_lossy(&config.name));
    let admin = admin && !config.servers.is_empty();
    if admin {
        out.push_str("<form method=\"post\">");
    }
    let mode = if config.mode == config::Mode::Http { "http" } else { "tcp" };
    let id = config.id;
    let title = if stats.show_legends { format!(" title=\"mode: {mode}, id: {id}\"") } else { String::new() };
    let description = config.description.as_deref().map(String::from_utf8_lossy).unwrap_or_default();
    let _ = write!(
        out,
        "<table>\n<caption{title}><a id=\"{name}\" href=\"#{name}\">{name}</a> {}</caption>\n",
        escaped(&description)
    );
    heads(admin, out);
    for object in of_proxy(process, index, filter) {
        row(&object, stats, admin, out);
    }
    out.push_str("</table>\n");
    if admin {
        let _ = write!(out, "<input type=\"hidden\" name=\"b\" value=\"#{id}\">\n<select name=\"action\">");
        for (value, label) in ACTIONS {
            let _ = write!(out, "<option value=\"{value}\">{label}</option>");
        }
        out.push_str("</select> <button>Apply</button></form>\n");
    }
}

/// The two rows of headings.
fn heads(admin: bool, out: &mut String) {
    let tick = if admin { "<th rowspan=\"2\"></th>" } else { "" };
    let _ = write!(out, "<tr class=\"titre\">{tick}<th rowspan=\"2\"></th>");
    for group in CELLS.chunk_by(|a, b| a.group == b.group) {
        let name = group.first().map_or("", |cell| cell.group);
        let _ = write!(out, "<th colspan=\"{}\">{name}</th>", group.len());
    }
    out.push_str("</tr>\n<tr class=\"titre\">");
    for cell in CELLS {
        let _ = write!(out, "<th>{}</th>", cell.head);
    }
    out.push_str("</tr>\n");
}

fn row(o: &Object<'_>, stats: &Stats, admin: bool, out: &mut String) {
    let proxy = escaped(&String::from_utf8_lossy(&o.config.name));
    let name = match o.what {
        What::Frontend => "Frontend".into(),
        What::Backend => "Backend".into(),
        What::Server(_) | What::Listener(_) => escaped(&value(o, "svname")),
    };
    let plus = if matches!(o.what, What::Listener(_)) { "+" } else { "" };
    let _ = write!(out, "<tr class=\"{}\">", class(o));
    match (admin, o.what) {
        (true, What::Server(_)) => {
            let _ = write!(out, "<td><input type=\"checkbox\" name=\"s\" value=\"{name}\"></td>");
        }
        (true, _) => out.push_str("<td></td>"),
        _ => {}
    }
    let title = if stats.show_legends { legend(o) } else { String::new() };
    let _ = write!(
        out,
        "<td class=\"n\"{title}><a id=\"{proxy}/{plus}{name}\" href=\"#{proxy}/{plus}{name}\">{name}</a></td>"
    );
    for cell in CELLS {
        let text = (cell.of)(o);
        let title = tooltip(o, cell);
        let _ = write!(out, "<td{title}>{}</td>", escaped(&text));
    }
    out.push_str("</tr>\n");
}

/// What `stats show-legends` adds to a name.
fn legend(o: &Object<'_>) -> String {
    let text = match (o.server(), o.listener(), o.backend()) {
        (Some((said, state)), ..) => {
            let address = show::server_address(said, state).unwrap_or_default();
            let cookie = said.cookie.as_deref().map(String::from_utf8_lossy);
            let cookie = cookie.map_or(String::new(), |cookie| format!(", cookie: '{cookie}'"));
            format!("{address}, id: {}, rid: 0{cookie}", said.id)
        }
        (_, Some((bind, _)), _) => format!("{}, id: {}", show::bind_address(bind), bind.id),
        (_, _, Some(_)) => format!("balancing: {}", show::algorithm(&o.config.balance)),
        _ => return String::new(),
    };
    format!(" title=\"{}\"", escaped(&text))
}

/// Details of a cell.
fn tooltip(o: &Object<'_>, cell: &Cell) -> String {
    let text = match (cell.group, cell.head) {
        ("Sessions", "Total") if o.is_http() => {
            let classes = ["1xx", "2xx", "3xx", "4xx", "5xx", "other"];
            let counts = classes.map(|class| format!("{class}: {}", value(o, &format!("hrsp_{class}"))));
            format!("requests: {}, responses {}", value(o, "req_tot"), counts.join(", "))
        }
        ("Server", "LastChk") => match o.server() {
            Some((said, state)) if said.check.is_some() => {
                let last = state.check_result();
                let colon = if last.text.is_empty() { "" } else { ": " };
                format!("{}{colon}{}", check_words(last.status), last.text)
            }
            _ => return String::new(),
        },
        ("Errors", "Resp") => {
            format!("{} client aborts, {} server aborts", value(o, "cli_abrt"), value(o, "srv_abrt"))
        }
        _ => return String::new(),
    };
    format!(" title=\"{}\"", escaped(&text))
}

/// The class of a row, which decides its colour.
fn class(o: &Object<'_>) -> String {
    let Some((said, state)) = o.server() else {
        return match o.what {
            What::Frontend => "frontend",
            What::Listener(_) => "socket",
            _ => "backend",
        }
        .into();
    };
    if state.in_maintenance() {
        return "maintain".into();
    }
    let (judge, judging) = o.judged_by().unwrap_or((said, state));
    let word = match (state.health(), course(judge, judging)) {
        (Health::Down, Course::Rising(..)) => "going_up",
        (Health::Down, _) => "down",
        _ if state.is_draining() => "draining",
        (Health::Stopping, _) => "nolb",
        _ if judge.check.is_none() => "no_check",
        (Health::Up, Course::Falling(..)) => "going_down",
        (Health::Up, _) => "up",
    };
    format!("{}_{word}", if said.backup { "backup" } else { "active" })
}

fn field(o: &Object<'_>, name: &str) -> Field {
    COLUMNS.iter().find(|column| column.name == name).map_or(Field::None, |column| (column.of)(o))
}

fn value(o: &Object<'_>, name: &str) -> String {
    let mut out = String::new();
    super::dump::plain(&field(o, name), &mut out);
    out
}

/// A limit, or `-` where there is none.
fn limit(o: &Object<'_>, name: &str) -> String {
    match field(o, name) {
        Field::Int(n) if n > 0 => n.to_string(),
        _ => "-".into(),
    }
}

fn kind(o: &Object<'_>, name: &str) -> String {
    match (o.server(), field(o, name)) {
        (Some(_), Field::Int(n)) => if n > 0 { "Y" } else { "-" }.into(),
        _ => value(o, name),
    }
}

fn last(o: &Object<'_>) -> String {
    match field(o, "lastsess") {
        Field::Int(-1) => "?".into(),
        Field::Int(seconds) => age(seconds),
        _ => String::new(),
    }
}

/// `3s UP`, with an arrow where the state is about to change.
fn state(o: &Object<'_>) -> String {
    let text = status(o);
    let arrow = match o.judged_by().map(|(judge, judging)| course(judge, judging)) {
        Some(Course::Rising(..)) => " \u{2191}",
        Some(Course::Falling(..)) => " \u{2193}",
        _ => "",
    };
    match field(o, "lastchg") {
        Field::Int(seconds) if text != "no check" => format!("{} {text}{arrow}", age(seconds)),
        _ => text.into_owned(),
    }
}

fn last_check(o: &Object<'_>) -> String {
    let code = value(o, "check_status");
    let status = value(o, "check_code");
    let slash = if status.is_empty() { "" } else { "/" };
    match field(o, "check_duration") {
        Field::Int(ms) => format!("{code}{slash}{status} in {ms}ms"),
        _ => code,
    }
}

/// `0s`, `3m5s`, `2h10m`, `1d3h`.
fn age(seconds: i64) -> String {
    match seconds {
        ..60 => format!("{seconds}s"),
        60..3600 => format!("{}m{}s", seconds / 60, seconds % 60),
        3600..86_400 => format!("{}h{}m", seconds / 3600, seconds / 60 % 60),
        _ => format!("{}d{}h", seconds / 86_400, seconds / 3600 % 24),
    }
}

/// Text within HTML.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            c => out.push(c),
        }
    }
    out
}
