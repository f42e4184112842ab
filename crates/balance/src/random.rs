//! `balance random`: some draws from the ring, the least loaded of them wins.

use crate::ring::{Ring, share};
use crate::{Ask, Farm, Load, Policy, Settings};

#[derive(Debug)]
pub(crate) struct Random {
    ring: Ring,
    factor: u32,
    draws: u32,
}

impl Random {
    pub(crate) fn new(farm: &Farm, settings: Settings, draws: u32) -> Random {
        Random { ring: Ring::new(farm), factor: settings.factor, draws: draws.max(1) }
    }

    fn draw(&self, farm: &Farm, ask: &mut Ask<'_>) -> Option<usize> {
        let node = self.ring.nearest((ask.rand)());
        let takes = |&server: &usize| {
            ask.avoid != Some(server)
                && (self.factor == 0
                    || ask.loads.load(server).served < share(farm, self.factor, ask.loads.total(), server))
        };
        self.ring.from(node).find(takes).or_else(|| self.ring.from(node).next())
    }
}

impl Policy for Random {
    fn pick(&self, farm: &Farm, ask: &mut Ask<'_>) -> Option<usize> {
        let mut best: Option<(usize, Load)> = None;
        for _ in 0..self.draws {
            let server = self.draw(farm, ask)?;
            let load = ask.loads.load(server);
            let weight = |at: usize| u64::from(farm.servers()[at].weight);
            let lighter = |(other, its): (usize, Load)| {
                let by = |own: u32, its: u32| (u64::from(own) * weight(other)).cmp(&(u64::from(its) * weight(server)));
                by(load.served, its.served).then_with(|| by(load.rate, its.rate)).is_lt()
            };
            if best.is_none_or(lighter) {
                best = Some((server, load));
            }
        }
        // A server that is full gets nothing: the request waits for any server.
        best.filter(|(_, load)| !load.full()).map(|(server, _)| server)
    }

    fn update(&mut self, farm: &Farm, server: usize) {
        self.ring.update(farm, server);
    }
}
