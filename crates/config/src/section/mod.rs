//! Sections: which parser takes which lines, and HAProxy's verdict on a line that stands in the wrong place.

pub mod global;
pub mod other;
pub mod proxy;
pub mod userlist;
