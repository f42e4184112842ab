//! Directives to Draft (what was said) to Config (what it means).
