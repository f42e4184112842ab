//! `balance sticky`: one server takes everything until it leaves; who comes back stands at the end of the line.

use crate::{Ask, Farm, Policy};

#[derive(Debug)]
pub(crate) struct Sticky {
    line: Vec<usize>,
}

impl Sticky {
    pub(crate) fn new(farm: &Farm) -> Sticky {
        Sticky { line: farm.used().to_vec() }
    }
}

impl Policy for Sticky {
    fn pick(&self, _: &Farm, _: &mut Ask<'_>) -> Option<usize> {
        self.line.first().copied()
    }

    fn update(&mut self, farm: &Farm, _: usize) {
        self.line.retain(|&at| farm.is_used(at));
        let new = farm.used().iter().filter(|at| !self.line.contains(at)).copied().collect::<Vec<_>>();
        self.line.extend(new);
    }
}
