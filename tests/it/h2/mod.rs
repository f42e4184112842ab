//! HTTP/2 on both sides, compared with HAProxy; and clients that mean harm.

mod back;
mod calls;
mod floods;
mod foreign;
mod frames;
mod front;
mod hostile;
mod knobs;
mod load;
mod played;
mod through;
