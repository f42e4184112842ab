//! Side-by-side benchmark of evenkeel and haproxy.

fn main() {}
