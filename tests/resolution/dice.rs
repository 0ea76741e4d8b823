//! A source of numbers for schemas and values (splitmix64).

#[derive(Debug, Clone)]
pub(crate) struct Dice(pub(crate) u64);

impl Dice {
    pub(crate) fn roll(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    pub(crate) fn below(&mut self, end: usize) -> usize {
        (self.roll() % end as u64) as usize
    }

    /// One in `many`.
    pub(crate) fn rarely(&mut self, many: usize) -> bool {
        self.below(many) == 0
    }

    pub(crate) fn shuffle<T>(&mut self, items: &mut [T]) {
        for end in (1..items.len()).rev() {
            items.swap(end, self.below(end + 1));
        }
    }

    /// Small, large and at the edges alike.
    pub(crate) fn long(&mut self) -> i64 {
        let number = self.roll().cast_signed() >> self.below(64);
        [number, 0, -1, i64::MAX, i64::MIN, (1 << 53) + 1][if self.below(4) > 0 { 0 } else { self.below(6) }]
    }

    pub(crate) fn double(&mut self) -> f64 {
        let choices =
            [f64::from_bits(self.roll()), self.long() as f64, (self.long() as f64) / 100.0, 0.1, -0.0, 1e30, 5e-324];
        let value = choices[self.below(choices.len())];
        if value.is_finite() { value } else { 0.5 }
    }

    pub(crate) fn text(&mut self) -> String {
        const CHARS: [char; 10] = ['a', 'Z', '0', ' ', '"', '\\', '\n', 'é', '日', '😊'];
        (0..self.below(12)).map(|_| CHARS[self.below(CHARS.len())]).collect()
    }

    pub(crate) fn bytes(&mut self, len: usize) -> Vec<u8> {
        let highest = if self.rarely(2) { 128 } else { 256 };
        (0..len).map(|_| self.below(highest) as u8).collect()
    }
}
