//! Which partition of the sink a record goes to.

/// How a record's partition is chosen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, serde::Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Partitioning {
    /// The number of the source partition, so that order is kept as it is.
    #[default]
    Preserve,
    /// By the key, as Java's producer does it.
    Key,
}

/// Chooses partitions; keeps what null keys need.
#[derive(Debug)]
pub struct Partitioner {
    partitioning: Partitioning,
    /// Where records with a null key go until the next batch.
    sticky: u32,
}

impl Partitioner {
    /// A partitioner of this kind.
    pub fn new(partitioning: Partitioning) -> Self {
        Self { partitioning, sticky: 0 }
    }

    /// Records with a null key go to the next partition from now on: batches stay whole, partitions are filled evenly.
    pub fn next_batch(&mut self) {
        self.sticky = self.sticky.wrapping_add(1);
    }

    /// The partition of a record from `source` with this key, in a topic of `count` partitions.
    pub fn choose(&self, source: i32, key: Option<&[u8]>, count: i32) -> i32 {
        match (self.partitioning, key) {
            (Partitioning::Preserve, _) => source,
            (Partitioning::Key, Some(key)) => by_key(key, count),
            (Partitioning::Key, None) => remainder(self.sticky, count),
        }
    }
}

/// The partition that Java's producer chooses for a key: the hash without its sign bit, modulo the number of partitions
/// ([source](https://github.com/apache/kafka/blob/trunk/clients/src/main/java/org/apache/kafka/clients/producer/internals/BuiltInPartitioner.java)).
pub fn by_key(key: &[u8], count: i32) -> i32 {
    remainder(murmur2(key) & 0x7fff_ffff, count)
}

fn remainder(number: u32, count: i32) -> i32 {
    let count = u32::try_from(count).unwrap_or(1).max(1);
    // Below `count`, so within i32.
    i32::try_from(number % count).unwrap_or_default()
}

/// 32-bit `MurmurHash2` with Kafka's seed, as in Kafka's `Utils.murmur2`.
pub fn murmur2(data: &[u8]) -> u32 {
    const SEED: u32 = 0x9747_b28c;
    const M: u32 = 0x5bd1_e995;
    // Kafka hashes a Java array, whose length is 32 bits.
    let mut hash = SEED ^ u32::try_from(data.len()).unwrap_or(u32::MAX);
    let mut words = data.chunks_exact(4);
    for word in &mut words {
        let mut k = u32::from_le_bytes([word[0], word[1], word[2], word[3]]).wrapping_mul(M);
        k ^= k >> 24;
        hash = hash.wrapping_mul(M) ^ k.wrapping_mul(M);
    }
    let rest = words.remainder();
    if !rest.is_empty() {
        for (index, byte) in rest.iter().enumerate() {
            hash ^= u32::from(*byte) << (8 * index);
        }
        hash = hash.wrapping_mul(M);
    }
    hash ^= hash >> 13;
    hash = hash.wrapping_mul(M);
    hash ^ (hash >> 15)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// From Kafka's own `UtilsTest.testMurmur2`.
    #[test]
    fn hashes_are_those_of_kafkas_java_client() {
        for (key, hash) in [
            ("21", -973_932_308),
            ("foobar", -790_332_482),
            ("a-little-bit-long-string", -985_981_536),
            ("a-little-bit-longer-string", -1_486_304_829),
            ("lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8", -58_897_971),
            ("abc", 479_470_107),
        ] {
            assert_eq!(murmur2(key.as_bytes()).cast_signed(), hash, "{key}");
        }
    }

    #[test]
    fn the_sign_bit_is_dropped_not_negated() {
        // -790332482 without its sign bit is 1357151166.
        assert_eq!(by_key(b"foobar", 7), 1_357_151_166 % 7);
        assert_eq!(by_key(b"abc", 10), 479_470_107 % 10);
        for count in [1, 2, 3, 12, 1000] {
            assert!((0..count).contains(&by_key(b"any", count)));
        }
    }

    #[test]
    fn null_keys_stay_together_within_a_batch_and_move_on_after() {
        let mut partitioner = Partitioner::new(Partitioning::Key);
        let first: Vec<_> = (0..3).map(|_| partitioner.choose(5, None, 4)).collect();
        partitioner.next_batch();
        assert_eq!(first, [0, 0, 0]);
        assert_eq!(partitioner.choose(5, None, 4), 1);
        assert_eq!(Partitioner::new(Partitioning::Preserve).choose(5, Some(b"k"), 4), 5);
    }
}
