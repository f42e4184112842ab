//! Which lines are in force: the stack of `.if` blocks (manual, section 2.4).

/// HAProxy refuses this many levels.
const MAX_NESTED: usize = 100;

/// The open `.if` blocks, innermost last.
#[derive(Debug, Default)]
pub(crate) struct Blocks {
    open: Vec<Block>,
    /// `.if` lines beyond the limit, so that their `.endif` lines find them.
    excess: usize,
}

#[derive(Debug)]
struct Block {
    /// Whether the lines around the block are in force.
    outer: bool,
    /// Whether the lines of the branch at hand are.
    now: bool,
    /// Whether a branch was taken.
    taken: bool,
    /// Whether `.else` was seen.
    last: bool,
}

impl Blocks {
    /// Whether a line here is in force.
    pub(crate) fn in_force(&self) -> bool {
        self.excess == 0 && self.open.last().is_none_or(|block| block.now)
    }

    pub(crate) fn is_open(&self) -> bool {
        !self.open.is_empty()
    }

    /// Whether the condition of an `.elif` here is looked at.
    pub(crate) fn asks(&self) -> bool {
        self.excess == 0 && self.open.last().is_some_and(|block| block.outer && !block.taken && !block.last)
    }

    /// `.if`; the condition counts only where the line is in force.
    pub(crate) fn enter(&mut self, truth: bool) -> Result<(), String> {
        let outer = self.in_force();
        if self.excess > 0 || self.open.len() + 1 >= MAX_NESTED {
            self.excess += 1;
            return Err(format!("too many nested '.if', max is {MAX_NESTED}."));
        }
        self.open.push(Block { outer, now: outer && truth, taken: truth, last: false });
        Ok(())
    }

    /// `.elif`; the condition counts only where [`Blocks::asks`].
    pub(crate) fn branch(&mut self, truth: bool) -> Result<(), String> {
        let asks = self.asks();
        let Some(block) = self.inner(".elif")? else { return Ok(()) };
        if block.last {
            return Err("'.elif' after '.else' is not permitted.".into());
        }
        block.now = asks && truth;
        block.taken |= block.now;
        Ok(())
    }

    /// `.else`
    pub(crate) fn otherwise(&mut self) -> Result<(), String> {
        let asks = self.asks();
        let Some(block) = self.inner(".else")? else { return Ok(()) };
        if block.last {
            return Err("'.else' after '.else' is not permitted.".into());
        }
        (block.now, block.taken, block.last) = (asks, true, true);
        Ok(())
    }

    /// `.endif`
    pub(crate) fn leave(&mut self) -> Result<(), String> {
        if self.inner(".endif")?.is_some() {
            self.open.pop();
        } else {
            self.excess -= 1;
        }
        Ok(())
    }

    /// The block that a directive speaks of; `None` for one beyond the limit.
    fn inner(&mut self, directive: &str) -> Result<Option<&mut Block>, String> {
        match self.open.last_mut() {
            _ if self.excess > 0 => Ok(None),
            Some(block) => Ok(Some(block)),
            None => Err(format!("lone '{directive}' with no matching '.if'.")),
        }
    }
}
