//! Many names, and what each stands for, in little memory: a folder may hold 100,000 files, and each is under several names.

use aws_lc_rs::digest::{SHA256, digest};

/// What each name stands for, by the name's digest: 24 bytes a name, whatever its length.
#[derive(Debug, Default)]
pub(super) struct Table(Vec<([u8; 16], u32)>);

impl Table {
    /// [`Table::sort`] comes before the first [`Table::get`].
    pub(super) fn push(&mut self, name: &str, counter: Option<u32>, at: usize) {
        // More than four thousand million entries fit into no archive.
        let at = u32::try_from(at).unwrap_or(u32::MAX);
        self.0.push((key(name, counter), at));
    }

    pub(super) fn sort(&mut self) {
        self.0.sort_unstable();
        self.0.dedup();
        self.0.shrink_to_fit();
    }

    /// In the order of what they stand for.
    pub(super) fn get(&self, name: &str, counter: Option<u32>) -> impl Iterator<Item = usize> {
        let key = key(name, counter);
        let first = self.0.partition_point(|(known, _)| *known < key);
        self.0[first..]
            .iter()
            .take_while(move |(known, _)| *known == key)
            .map(|(_, at)| *at as usize)
    }
}

/// Half of a SHA-256: two names of one folder have the same only if somebody spends more than a lifetime on finding them.
fn key(name: &str, counter: Option<u32>) -> [u8; 16] {
    let counter = counter.map_or_else(String::new, |number| number.to_string());
    let digest = digest(&SHA256, format!("{name}\0{counter}").as_bytes());
    digest.as_ref().first_chunk().copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_stands_for_all_it_was_given_for_in_order_and_once() {
        let mut table = Table::default();
        for (name, counter, at) in [
            ("a", None, 3),
            ("a", None, 1),
            ("a", None, 3),
            ("a", Some(1), 2),
            ("a\u{301}", None, 4),
        ] {
            table.push(name, counter, at);
        }
        table.sort();
        let get = |name, counter| table.get(name, counter).collect::<Vec<_>>();
        assert_eq!(get("a", None), [1, 3]);
        assert_eq!(get("a", Some(1)), [2]);
        assert!(get("a", Some(2)).is_empty() && get("b", None).is_empty());
        assert_eq!(get("a\u{301}", None), [4]);
    }
}
