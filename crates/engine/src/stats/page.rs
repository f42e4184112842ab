//! The statistics page: who may see it, what was asked for, and the answer (manual, section 4.2 `stats …`).

use super::{
    admin,
    dump::{Form, dump},
    html,
    object::Filter,
};
use crate::session::{
    exchange::Exchange,
    transport::{Sink, Source},
};
use config::{Config, keyword::stats::Stats};
use message::{Head, Version};
use rules::Reply;
use sample::{Places, base64};

/// What the parameters behind the page's address ask for; they are separated by `;`, unknown ones mean nothing.
#[derive(Debug, Clone, Default)]
pub struct Asked {
    /// `None` = HTML.
    pub form: Option<Form>,
    pub filter: Filter,
    pub no_refresh: bool,
    /// `st=CODE`: how the last action went.
    pub code: Option<String>,
}

impl Asked {
    /// Reads what stands behind the prefix of the address.
    fn parse(text: &[u8]) -> Asked {
        let mut asked = Asked::default();
        for word in text.split(|b| matches!(b, b';' | b'?' | b'&')) {
            let starts = |prefix: &[u8]| word.starts_with(prefix);
            match () {
                () if starts(b"json-schema") => {}
                () if starts(b"typed") => asked.form = Some(Form::Typed(false)),
                () if starts(b"csv") => asked.form = asked.form.or(Some(Form::Csv)),
                () if starts(b"json") => asked.form = asked.form.or(Some(Form::Json)),
                () if starts(b"up") => asked.filter.up = true,
                () if starts(b"no-maint") => asked.filter.no_maint = true,
                () if starts(b"norefresh") => asked.no_refresh = true,
                () if starts(b"st=") => {
                    asked.code = word.get(3..).map(|code| String::from_utf8_lossy(code).into_owned());
                }
                () if starts(b"scope=") => asked.filter.scope = word.get(6..).unwrap_or(&[]).to_vec(),
                () => {}
            }
        }
        asked
    }
}

/// Whether a request asks for the statistics page.
pub fn asked_for(stats: &Stats, req: &Head) -> bool {
    matches!(req.method(), b"GET" | b"HEAD" | b"POST") && local(req.target()).starts_with(&stats.uri)
}

/// The page, for a request that [`asked_for`] it.
pub fn reply<R: Source, K: Sink>(exchange: &Exchange<'_, R, K>, proxy: usize) -> Reply {
    let Some(stats) = exchange.config.proxies.get(proxy).and_then(|p| p.stats.as_ref()) else {
        return exchange.error_reply(404);
    };
    let req = &exchange.stream.req;
    if !is_known(stats, req) {
        let mut reply = exchange.error_reply(401);
        let realm = stats.realm.as_deref().unwrap_or(b"HAProxy Statistics");
        reply.head.add(b"www-authenticate", &[b"Basic realm=\"", realm, b"\""].concat());
        return reply;
    }
    let mut asked = Asked::parse(local(req.target()).get(stats.uri.len()..).unwrap_or(&[]));
    asked.filter.only = scope(stats, exchange.config, proxy);
    let allowed = {
        let cx = exchange.cx(Places::FE_HTTP_REQ);
        stats.admin.iter().any(|cond| cond.eval(&cx, true) == Ok(true))
    };
    if req.method() == b"POST" {
        let body = &exchange.stream.req_body;
        let code = if allowed { admin::apply(&exchange.session.worker, &body.bytes, body.complete) } else { "DENY" };
        return see_other(stats, &asked, code);
    }
    let process = exchange.process;
    match asked.form {
        Some(Form::Json) => ok(b"application/json", None, dump(process, &asked.filter, Form::Json)),
        Some(form) => ok(b"text/plain", None, dump(process, &asked.filter, form)),
        None => {
            let refresh = stats.refresh.filter(|_| !asked.no_refresh).map(|time| time.as_secs());
            ok(b"text/html", refresh, html::page(process, stats, &asked.filter, &asked, allowed))
        }
    }
}

/// Path and query of a target, which may name the host as well.
fn local(target: &[u8]) -> &[u8] {
    let Some(scheme) = target.windows(3).position(|part| part == b"://") else { return target };
    let rest = target.get(scheme + 3..).unwrap_or(&[]);
    let slash = rest.iter().position(|b| *b == b'/').unwrap_or(rest.len());
    if target.first() == Some(&b'/') { target } else { rest.get(slash..).unwrap_or(&[]) }
}

/// Whether the credentials are among those of `stats auth`, if there are any.
fn is_known(stats: &Stats, req: &Head) -> bool {
    if stats.auth.is_empty() {
        return true;
    }
    let Some(field) = req.field(b"authorization") else { return false };
    let Some((scheme, token)) = field.split_at_checked(6) else { return false };
    let Some(given) = base64::STANDARD.decode(token.trim_ascii()) else { return false };
    let known = |(user, password): &(Vec<u8>, Vec<u8>)| [user, &b":"[..], password].concat() == given;
    scheme.eq_ignore_ascii_case(b"basic ") && stats.auth.iter().any(known)
}

/// `stats scope`: the proxies that may be seen; a dot is the proxy itself.
fn scope(stats: &Stats, config: &Config, proxy: usize) -> Option<Vec<usize>> {
    let named = |name: &Vec<u8>, at: usize, p: &config::Proxy| if name == b"." { at == proxy } else { p.name == *name };
    let all = config.proxies.iter().enumerate();
    let seen = all.filter(|(at, p)| stats.scope.iter().any(|name| named(name, *at, p))).map(|(at, _)| at);
    (!stats.scope.is_empty()).then(|| seen.collect())
}

fn ok(content: &[u8], refresh: Option<u64>, body: String) -> Reply {
    let mut head = Head::response(Version::HTTP_11, 200, b"OK");
    head.add(b"cache-control", b"no-cache");
    head.add(b"content-type", content);
    if let Some(seconds) = refresh {
        head.add(b"refresh", seconds.to_string().as_bytes());
    }
    head.add(b"content-length", body.len().to_string().as_bytes());
    Reply { head, body: body.into_bytes(), ..Reply::default() }
}

/// Behind an action the page is asked for again, so that a reload does not repeat it.
fn see_other(stats: &Stats, asked: &Asked, code: &str) -> Reply {
    let mut location = stats.uri.clone();
    location.extend([b";st=", code.as_bytes()].concat());
    for (wanted, word) in [(asked.filter.up, &b";up"[..]), (asked.no_refresh, b";norefresh")] {
        location.extend(if wanted { word } else { b"" });
    }
    if !asked.filter.scope.is_empty() {
        location.extend([b"?scope=", &asked.filter.scope[..]].concat());
    }
    let mut head = Head::response(Version::HTTP_11, 303, b"See Other");
    head.add(b"cache-control", b"no-cache");
    head.add(b"content-type", b"text/plain");
    head.add(b"content-length", b"0");
    head.add(b"location", &location);
    Reply { head, ..Reply::default() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing;

    fn stats(lines: &str) -> (std::sync::Arc<crate::state::Process>, Stats) {
        let process = testing::process(&format!("listen fe\n bind :1\n mode http\n{lines}\n server s1 127.0.0.1:1\n"));
        let stats = process.config.proxies[0].stats.clone().expect("a page");
        (process, stats)
    }

    #[test]
    fn the_address_is_a_prefix() {
        let (_, stats) = stats(" stats uri /stats");
        let asks = |method: &str, target: &str| {
            asked_for(&stats, &Head::request(Version::HTTP_11, method.as_bytes(), target.as_bytes()))
        };
        assert!(["/stats", "/statsx", "/stats?x", "/stats;csv", "http://h/stats"].iter().all(|t| asks("GET", t)));
        assert!(
            !asks("GET", "/stat") && !asks("OPTIONS", "/stats") && asks("HEAD", "/stats") && asks("POST", "/stats")
        );
        assert!(!asks("GET", "/x?http://h/stats"));
    }

    #[test]
    fn parameters() {
        let asked = |text: &str| Asked::parse(text.as_bytes());
        assert_eq!(asked(";csv;norefresh").form, Some(Form::Csv));
        assert_eq!([asked("?;csvx").form, asked(";csv;typed").form], [Some(Form::Csv), Some(Form::Typed(false))]);
        assert_eq!([asked(";json").form, asked("").form], [Some(Form::Json), None]);
        let all = asked(";up;norefresh;st=DONE?scope=be");
        assert_eq!((all.filter.up, all.no_refresh, all.code.as_deref()), (true, true, Some("DONE")));
        assert_eq!(all.filter.scope, b"be");
    }

    #[test]
    fn credentials() {
        let (_, stats) = stats(" stats auth admin:secret\n stats auth b:c:d");
        let known = |value: Option<&str>| {
            let mut head = Head::request(Version::HTTP_11, b"GET", b"/haproxy?stats");
            value.into_iter().for_each(|v| head.add(b"authorization", v.as_bytes()));
            is_known(&stats, &head)
        };
        assert!(known(Some("Basic YWRtaW46c2VjcmV0")) && known(Some("basic YjpjOmQ=")));
        assert!(!known(None) && !known(Some("Basic YWRtaW46d3Jvbmc=")) && !known(Some("Bearer YWRtaW46c2VjcmV0")));
    }

    #[test]
    fn scopes_and_redirections() {
        let (process, stats) = stats(" stats uri /s\n stats scope .");
        assert_eq!(scope(&stats, &process.config, 0), Some(vec![0]));
        let asked = Asked::parse(b";up;csv?scope=x");
        assert_eq!(see_other(&stats, &asked, "DONE").head.field(b"location"), Some(&b"/s;st=DONE;up?scope=x"[..]));
    }

    #[test]
    fn the_page_is_escaped_and_whole() {
        let (process, stats) = stats(" description <b>\n stats admin if TRUE\n stats show-legends");
        let page = html::page(&process, &stats, &Filter::default(), &Asked::default(), true);
        assert!(page.contains("&lt;b&gt;") && !page.contains("<b>\n"));
        for part in ["<tr class=\"active_no_check\">", "name=\"s\" value=\"s1\"", "value=\"#1\"", "id=\"fe/Backend\""] {
            assert!(page.contains(part), "{part} of {page}");
        }
        assert!(page.starts_with("<!DOCTYPE html>") && page.ends_with("</html>\n"));
    }
}
