//! The demo's origin server: it answers every request with its name, and echoes websockets.

use super::websocket;
use http_body_util::{BodyExt, Full};
use hyper::{
    Request, Response, StatusCode,
    body::{Bytes, Incoming},
    header::{CONNECTION, CONTENT_TYPE, HeaderName, HeaderValue, SEC_WEBSOCKET_ACCEPT, SEC_WEBSOCKET_KEY, UPGRADE},
    server::conn::http1,
    service::service_fn,
};
use hyper_util::rt::TokioIo;
use std::sync::Arc;
use tokio::net::{TcpListener, TcpStream};

/// The field that names the server.
const ORIGIN: HeaderName = HeaderName::from_static("x-origin");

/// Serves connections for as long as the runtime lives.
pub(super) async fn serve(listener: TcpListener, name: Arc<str>) {
    while let Ok((stream, _)) = listener.accept().await {
        tokio::spawn(connection(stream, name.clone()));
    }
}

async fn connection(stream: TcpStream, name: Arc<str>) {
    let service = service_fn(|request| answer(request, name.clone()));
    let connection = http1::Builder::new().serve_connection(TokioIo::new(stream), service);
    if let Err(e) = connection.with_upgrades().await {
        tracing::debug!("{name}: {e}");
    }
}

/// The answer to one request, once its payload has come.
async fn answer(mut request: Request<Incoming>, name: Arc<str>) -> hyper::Result<Response<Full<Bytes>>> {
    if let Some(key) = websocket_key(&request) {
        let accept = websocket::accept(key.as_bytes());
        tokio::spawn(echo(hyper::upgrade::on(&mut request), name.clone()));
        return Ok(switched(&accept, &name));
    }
    let (method, uri) = (request.method().clone(), request.uri().clone());
    let bytes = request.into_body().collect().await?.to_bytes().len();
    let mut response = Response::new(Full::from(format!("{name} answers {method} {uri} ({bytes} bytes)\n")));
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("text/plain"));
    Ok(named(response, &name))
}

/// The key of a request that asks for a websocket.
fn websocket_key(request: &Request<Incoming>) -> Option<HeaderValue> {
    let asked = request.headers().get(UPGRADE)?.as_bytes().eq_ignore_ascii_case(b"websocket");
    request.headers().get(SEC_WEBSOCKET_KEY).filter(|_| asked).cloned()
}

fn switched(accept: &str, name: &str) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::default());
    *response.status_mut() = StatusCode::SWITCHING_PROTOCOLS;
    let fields = response.headers_mut();
    fields.insert(CONNECTION, HeaderValue::from_static("Upgrade"));
    fields.insert(UPGRADE, HeaderValue::from_static("websocket"));
    if let Ok(accept) = HeaderValue::from_str(accept) {
        fields.insert(SEC_WEBSOCKET_ACCEPT, accept);
    }
    named(response, name)
}

fn named(mut response: Response<Full<Bytes>>, name: &str) -> Response<Full<Bytes>> {
    if let Ok(name) = HeaderValue::from_str(name) {
        response.headers_mut().insert(ORIGIN, name);
    }
    response
}

/// Echoes on a connection once it has become a websocket.
async fn echo(upgrade: hyper::upgrade::OnUpgrade, name: Arc<str>) {
    let ended = match upgrade.await {
        Ok(upgraded) => websocket::serve(TokioIo::new(upgraded), &name).await,
        Err(e) => Err(std::io::Error::other(e)),
    };
    if let Err(e) = ended {
        tracing::debug!("{name}: {e}");
    }
}
