//! `balance first`: the lowest `id` with a free slot.

use crate::{Ask, Farm, Policy};

#[derive(Debug)]
pub(crate) struct First {
    by_id: Vec<usize>,
}

impl First {
    pub(crate) fn new(farm: &Farm) -> First {
        let mut by_id = farm.used().to_vec();
        by_id.sort_by_key(|&at| farm.servers()[at].id);
        First { by_id }
    }
}

impl Policy for First {
    fn pick(&self, _: &Farm, ask: &mut Ask<'_>) -> Option<usize> {
        let mut free = self.by_id.iter().copied().filter(|&at| !ask.loads.load(at).full());
        let first = free.next();
        match first == ask.avoid {
            true => free.next().or(first),
            false => first,
        }
    }

    fn update(&mut self, farm: &Farm, _: usize) {
        *self = First::new(farm);
    }
}
