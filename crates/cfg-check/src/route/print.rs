//! A report as text, and as JSON.

use super::{End, Path, Report, Seen, Step};
use serde_json::{Value, json};
use source::{Files, Span};
use std::fmt::Write;

impl Report {
    /// For a person.
    pub fn text(&self, files: &Files) -> String {
        let request = &self.request;
        let (scheme, src) = (if request.tls { "https" } else { "http" }, request.src.map(|src| format!(" from {src}")));
        let (host, target) = (&request.headers.first().map_or("", |(_, host)| host), &request.target);
        let mut out = format!("{} {scheme}://{host}{target}{}\n", request.method, src.unwrap_or_default());
        if self.refused {
            out += "note: HAProxy refuses this configuration as it is; 'cfg-check check' says why\n";
        }
        for note in &self.notes {
            let _ = writeln!(out, "note: {note}");
        }
        for path in &self.paths {
            out.push('\n');
            path_text(path, files, &mut out);
        }
        if self.truncated {
            let _ = writeln!(out, "\nThere are more ways than these {}.", self.paths.len());
        }
        out
    }

    /// For a program: one object.
    pub fn json(&self, files: &Files) -> String {
        let request = &self.request;
        let headers: Vec<_> =
            request.headers.iter().map(|(name, value)| json!({ "name": name, "value": value })).collect();
        let report = json!({
            "version": 1,
            "request": {
                "method": request.method,
                "scheme": if request.tls { "https" } else { "http" },
                "host": request.host,
                "port": request.port,
                "target": request.target,
                "headers": headers,
                "src": request.src.map(|src| src.to_string()),
            },
            "refused": self.refused,
            "notes": self.notes,
            "truncated": self.truncated,
            "paths": self.paths.iter().map(|path| path_json(path, files)).collect::<Vec<_>>(),
        });
        format!("{report:#}\n")
    }
}

fn at(span: Span, files: &Files) -> String {
    let place = files.place(span);
    format!("{}:{}", place.file, place.line)
}

fn path_text(path: &Path, files: &Files, out: &mut String) {
    for (number, assumed) in path.assumed.iter().enumerate() {
        let (word, holds) = (if number == 0 { "if" } else { "and" }, if assumed.holds { "holds" } else { "fails" });
        let _ = writeln!(out, "{word} '{}' {holds} ({}):", assumed.test, assumed.why);
    }
    let mut section = path.frontend.as_str();
    let _ = writeln!(out, "{section} ({})", at(path.place, files));
    for step in &path.steps {
        if step.section != section {
            section = &step.section;
            let _ = writeln!(out, "{section}");
        }
        step_text(step, files, out);
    }
    let _ = writeln!(out, "=> {}", end_text(&path.end, files));
}

fn step_text(step: &Step, files: &Files, out: &mut String) {
    let matches = match step.matches {
        Some(true) => "yes",
        Some(false) => "no",
        None => "?",
    };
    let _ = writeln!(out, "  {matches:3}  {}: {}", at(step.line, files), step.text);
    for seen in &step.tests {
        let _ = writeln!(out, "         {}", seen_text(seen));
    }
    if !step.effect.is_empty() {
        let _ = writeln!(out, "         {}", step.effect);
    }
}

fn seen_text(seen: &Seen) -> String {
    let holds = match (seen.holds, seen.assumed) {
        (true, false) => "holds",
        (false, false) => "fails",
        (true, true) => "is taken to hold",
        (false, true) => "is taken to fail",
    };
    let name = if seen.name.is_empty() { String::new() } else { format!("{}: ", seen.name) };
    format!("{name}{} {holds}", seen.test)
}

fn end_text(end: &End, files: &Files) -> String {
    match end {
        End::Answer { status, location, by } => {
            let to = location.as_ref().map(|to| format!(" to {to}")).unwrap_or_default();
            let by = by.map(|by| format!(", by {}", at(by, files))).unwrap_or_default();
            format!("HAProxy answers {status}{to}{by}")
        }
        End::Backend { name, place, servers, why, .. } => {
            let servers = match servers.as_slice() {
                [] => String::from("no server"),
                [one] => format!("server {one}"),
                many => format!("one of servers {}", many.join(", ")),
            };
            format!("backend {name} ({}), {servers}: {why}", at(*place, files))
        }
        End::Closed { by } => format!("the connection is closed, by {}", at(*by, files)),
        End::Nobody => "no backend takes it: HAProxy answers 503".into(),
        End::Service { name, by } => format!("HAProxy's {name} answers, by {}", at(*by, files)),
        End::Unknown { why, by } => format!("a backend whose name is not known, by {}: {why}", at(*by, files)),
    }
}

fn place(span: Span, files: &Files) -> Value {
    let place = files.place(span);
    json!({ "file": place.file, "line": place.line })
}

fn path_json(path: &Path, files: &Files) -> Value {
    let assumed = path.assumed.iter().map(|a| json!({ "test": a.test, "holds": a.holds, "why": a.why }));
    json!({
        "frontend": path.frontend,
        "place": place(path.place, files),
        "assumed": assumed.collect::<Vec<_>>(),
        "steps": path.steps.iter().map(|step| step_json(step, files)).collect::<Vec<_>>(),
        "end": end_json(&path.end, files),
    })
}

fn step_json(step: &Step, files: &Files) -> Value {
    let seen =
        |seen: &Seen| json!({ "name": seen.name, "test": seen.test, "holds": seen.holds, "assumed": seen.assumed });
    json!({
        "section": step.section,
        "place": place(step.line, files),
        "text": step.text,
        "matches": step.matches,
        "tests": step.tests.iter().map(seen).collect::<Vec<_>>(),
        "effect": step.effect,
    })
}

fn end_json(end: &End, files: &Files) -> Value {
    match end {
        End::Answer { status, location, by } => json!({
            "kind": "answer",
            "status": status,
            "location": location,
            "by": by.map(|by| place(by, files)),
        }),
        End::Backend { name, place: own, by, servers, why } => json!({
            "kind": "backend",
            "backend": name,
            "place": place(*own, files),
            "by": place(*by, files),
            "servers": servers,
            "why": why,
        }),
        End::Closed { by } => json!({ "kind": "closed", "by": place(*by, files) }),
        End::Nobody => json!({ "kind": "answer", "status": 503, "location": null, "by": null }),
        End::Service { name, by } => json!({ "kind": "service", "service": name, "by": place(*by, files) }),
        End::Unknown { why, by } => json!({ "kind": "unknown", "why": why, "by": place(*by, files) }),
    }
}
