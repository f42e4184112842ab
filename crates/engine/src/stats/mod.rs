//! Statistics: the page, its CSV and JSON forms.

pub mod page;
