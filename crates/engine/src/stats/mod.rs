//! Statistics: one table of columns, and its CSV, JSON, typed and HTML forms.

pub mod admin;
pub mod column;
pub mod dump;
pub mod html;
pub mod info;
pub mod object;
pub mod page;
pub mod show;
pub mod status;
