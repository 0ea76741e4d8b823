//! Whether an object has two members of one name.

use std::collections::HashSet;

/// How many places a mark may be away from its own. Only texts that are made for it have names that crowd so.
const FAR: usize = 64;

/// The marks of the names of one object, in a table that keeps its space.
#[derive(Debug, Default)]
pub(super) struct Seen(Vec<u32>);

impl Seen {
    /// A name that comes twice; names are told with their marks.
    pub(super) fn twice<'a>(
        &mut self,
        mut names: impl ExactSizeIterator<Item = (u32, &'a str)> + Clone,
    ) -> Option<&'a str> {
        let Self(places) = self;
        places.clear();
        places.resize((2 * names.len()).next_power_of_two(), 0);
        let all = names.clone();
        let is_new = |(mark, _)| {
            // Zero is a free place.
            let mark: u32 = mark | 1;
            let last = places.len() - 1;
            for away in 0..FAR {
                match places.get_mut((mark as usize / 2 + away) & last) {
                    Some(place) if *place == 0 => {
                        *place = mark;
                        return true;
                    }
                    Some(place) if *place != mark => {}
                    _ => return false,
                }
            }
            false
        };
        if names.all(is_new) { None } else { twice(all.map(|(_, name)| name)) }
    }
}

/// The same where marks don't tell all names apart.
fn twice<'a>(mut names: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let mut seen = HashSet::new();
    names.find(|name| !seen.insert(*name))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn first_twice(names: &[(u32, &'static str)]) -> Option<&'static str> {
        Seen::default().twice(names.iter().copied())
    }

    #[test]
    fn a_name_that_comes_twice_is_found_whatever_the_marks_are() {
        assert_eq!(first_twice(&[]), None);
        assert_eq!(first_twice(&[(0, "a"), (0, "b"), (1, "c")]), None);
        assert_eq!(first_twice(&[(7, "a"), (9, "b"), (7, "a")]), Some("a"));
        assert_eq!(first_twice(&[(0, "a"), (0, "b"), (0, "b")]), Some("b"));
    }

    #[test]
    fn names_that_crowd_at_one_place_are_told_apart() {
        let texts: Vec<String> = (0..200).map(|n| n.to_string()).collect();
        let crowd = |n: usize| u32::try_from(n).unwrap() << 16;
        let mut seen = Seen::default();
        let mut names: Vec<_> = texts.iter().enumerate().map(|(n, text)| (crowd(n), text.as_str())).collect();
        assert_eq!(seen.twice(names.iter().copied()), None);
        names.push((crowd(150), "150"));
        assert_eq!(seen.twice(names.iter().copied()), Some("150"));
    }
}
