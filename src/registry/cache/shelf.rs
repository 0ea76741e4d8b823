//! A worker's own map: bounded, without a lock, found by two keys so that looking needs no clone of either.

use std::borrow::Borrow;
use std::collections::{HashMap, VecDeque};
use std::hash::Hash;

use quick_cache::DefaultHashBuilder;

/// Values by two keys. When there are too many, or they weigh too much, the oldest leave; the newest always stays.
pub(crate) struct Shelf<A, B, V> {
    boards: HashMap<A, HashMap<B, Item<V>, DefaultHashBuilder>, DefaultHashBuilder>,
    order: VecDeque<(A, B)>,
    weight: u64,
    max_items: usize,
    max_weight: u64,
}

struct Item<V> {
    value: V,
    weight: u64,
}

impl<A: Clone + Eq + Hash, B: Clone + Eq + Hash, V> Shelf<A, B, V> {
    /// An empty shelf for `max_items` of `max_weight` together.
    pub(crate) fn new(max_items: usize, max_weight: u64) -> Self {
        Self { boards: HashMap::default(), order: VecDeque::new(), weight: 0, max_items, max_weight }
    }

    pub(crate) fn get_mut<Q>(&mut self, a: &Q, b: &B) -> Option<&mut V>
    where
        A: Borrow<Q>,
        Q: Eq + Hash + ?Sized,
    {
        self.boards.get_mut(a)?.get_mut(b).map(|item| &mut item.value)
    }

    /// Adds a value, or replaces the one with the same keys.
    pub(crate) fn insert(&mut self, a: A, b: B, value: V, weight: u64) {
        let former = self.boards.entry(a.clone()).or_default().insert(b.clone(), Item { value, weight });
        self.weight += weight;
        match former {
            Some(former) => self.weight -= former.weight,
            None => self.order.push_back((a, b)),
        }
        while self.order.len() > 1 && (self.order.len() > self.max_items || self.weight > self.max_weight) {
            if let Some((a, b)) = self.order.pop_front() {
                self.drop_item(&a, &b);
            }
        }
    }

    /// Keeps only the values that `keep` approves.
    pub(crate) fn retain(&mut self, mut keep: impl FnMut(&V) -> bool) {
        let order = std::mem::take(&mut self.order);
        for (a, b) in order {
            if self.get_mut(&a, &b).is_some_and(|value| keep(value)) {
                self.order.push_back((a, b));
            } else {
                self.drop_item(&a, &b);
            }
        }
    }

    fn drop_item(&mut self, a: &A, b: &B) {
        if let Some(board) = self.boards.get_mut(a) {
            if let Some(item) = board.remove(b) {
                self.weight -= item.weight;
            }
            if board.is_empty() {
                self.boards.remove(a);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn present(shelf: &mut Shelf<&'static str, u32, u32>, keys: &[(&'static str, u32)]) -> Vec<bool> {
        keys.iter().map(|(a, b)| shelf.get_mut(a, b).is_some()).collect()
    }

    #[test]
    fn the_oldest_leave_when_there_are_too_many() {
        let mut shelf = Shelf::new(2, u64::MAX);
        for (a, b) in [("x", 1), ("y", 1), ("x", 2)] {
            shelf.insert(a, b, 0, 1);
        }
        assert_eq!(present(&mut shelf, &[("x", 1), ("y", 1), ("x", 2)]), [false, true, true]);
        assert_eq!(shelf.weight, 2);
    }

    #[test]
    fn the_oldest_leave_when_they_weigh_too_much_but_the_newest_stays() {
        let mut shelf = Shelf::new(10, 100);
        shelf.insert("x", 1, 0, 60);
        shelf.insert("x", 2, 0, 40);
        assert_eq!(present(&mut shelf, &[("x", 1), ("x", 2)]), [true, true]);
        shelf.insert("x", 3, 0, 500);
        assert_eq!(present(&mut shelf, &[("x", 1), ("x", 2), ("x", 3)]), [false, false, true]);
        assert_eq!(shelf.weight, 500);
    }

    #[test]
    fn a_replaced_value_weighs_once() {
        let mut shelf = Shelf::new(10, 100);
        shelf.insert("x", 1, 7, 60);
        shelf.insert("x", 1, 8, 70);
        assert_eq!((shelf.get_mut(&"x", &1).copied(), shelf.weight, shelf.order.len()), (Some(8), 70, 1));
        shelf.retain(|value| *value != 8);
        assert_eq!((shelf.weight, shelf.order.len(), shelf.boards.len()), (0, 0, 0));
    }
}
