//! Chance that repeats itself: SplitMix64 (Steele, Lea, Flood: Fast Splittable Pseudorandom Number Generators, 2014).

pub struct Chance(u64);

fn mixed(mut z: u64) -> u64 {
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

impl Chance {
    /// One that depends on nothing but these numbers, so that what one parcel meets does not change what another one does.
    pub fn of(numbers: &[u64]) -> Chance {
        Chance(numbers.iter().fold(0, |sum, n| mixed(sum.wrapping_add(0x9e37_79b9_7f4a_7c15) ^ *n)))
    }

    /// 0 to `n` - 1.
    pub fn below(&mut self, n: i64) -> i64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        (mixed(self.0) >> 1) as i64 % n.max(1)
    }

    pub fn in_thousand(&mut self, n: u32) -> bool {
        self.below(1000) < i64::from(n)
    }
}
