//! `unique-id-format`: a stream's name of its own (manual, section 4.2).

use crate::worker::Worker;
use config::Config;
use sample::{Cx, Places, Stream};

/// Gives the stream its name, if its frontend wants that and it has none yet.
pub fn give(worker: &Worker, config: &Config, stream: &mut Stream) {
    let format = config.proxies.get(stream.frontend).and_then(|p| p.unique_id_format.as_ref());
    let Some(format) = format.filter(|_| stream.unique_id.is_none()) else { return };
    let mut id = Vec::new();
    format.render(&Cx { stream, env: worker, place: Places::FE_HTTP_REQ }, &mut id);
    stream.unique_id = Some(id);
}
