//! Effective weights.

/// Sixteenths: how finely `slowstart` divides a weight, and how many nodes a weight of 1 has on the ring.
pub const SCALE: u32 = 16;

/// The effective weight (in sixteenths) of a server of the configuration's `weight` that came up `elapsed` ago
/// and has a `slowstart` of `total`, both in one unit of time. It moves in sixteenths, from one on.
pub fn slowstart(weight: u32, elapsed: u64, total: u64) -> u32 {
    if elapsed >= total {
        return weight * SCALE;
    }
    let scale = u64::from(SCALE);
    let step = (elapsed.saturating_mul(scale) / total + 1).min(scale);
    weight * step as u32
}
