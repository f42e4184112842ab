//! Load-balancing algorithms over plain numbers.
