//! The roots that Node trusts by itself: handed over once, known by a number from then on.

use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

use ring::digest::{self, Digest};

use super::trust::{Trust, readable};

static KEPT: Mutex<Option<Kept>> = Mutex::new(None);

#[derive(Default)]
struct Kept {
    last: u32,
    sets: HashMap<u32, Arc<RootSet>>,
}

/// Roots under a number, until it is dropped. They are a hundred and more, so they are read when
/// they are first needed, and equal ones (those of worker threads) are kept once.
#[derive(Debug)]
pub struct KeptRoots {
    number: u32,
}

impl KeptRoots {
    /// Keeps these PEM texts.
    pub fn new(texts: Vec<String>) -> Self {
        let mut kept = lock();
        let kept = kept.get_or_insert_default();
        kept.last += 1;
        let number = kept.last;
        kept.put(number, texts);
        Self { number }
    }

    /// Keeps other texts under the same number.
    pub fn replace(&self, texts: Vec<String>) {
        lock().get_or_insert_default().put(self.number, texts);
    }

    /// What stands for them; never 0.
    pub const fn number(&self) -> u32 {
        self.number
    }
}

impl Drop for KeptRoots {
    fn drop(&mut self) {
        lock().get_or_insert_default().sets.remove(&self.number);
    }
}

impl Kept {
    fn put(&mut self, number: u32, texts: Vec<String>) {
        let digest = digest_of(&texts);
        let same = |set: &&Arc<RootSet>| set.digest.as_ref() == digest.as_ref();
        let set = self
            .sets
            .values()
            .find(same)
            .map_or_else(|| Arc::new(RootSet::new(digest, texts)), Arc::clone);
        self.sets.insert(number, set);
    }
}

/// The roots that are kept under a number.
pub(super) fn kept(number: u32) -> Option<Arc<RootSet>> {
    let kept = lock();
    kept.as_ref()?.sets.get(&number).map(Arc::clone)
}

fn lock() -> MutexGuard<'static, Option<Kept>> {
    KEPT.lock().unwrap_or_else(PoisonError::into_inner)
}

fn digest_of(texts: &[String]) -> Digest {
    let mut context = digest::Context::new(&digest::SHA256);
    for text in texts {
        context.update(text.as_bytes());
        // PEM texts hold no NUL.
        context.update(&[0]);
    }
    context.finish()
}

/// One set of roots.
pub(super) struct RootSet {
    /// Equal sets have equal digests.
    pub(super) digest: Digest,
    texts: Mutex<Vec<String>>,
    trust: OnceLock<Arc<Trust>>,
}

impl RootSet {
    const fn new(digest: Digest, texts: Vec<String>) -> Self {
        Self {
            digest,
            texts: Mutex::new(texts),
            trust: OnceLock::new(),
        }
    }

    pub(super) fn trust(&self) -> Arc<Trust> {
        let read = || {
            let texts = &mut *self.texts.lock().unwrap_or_else(PoisonError::into_inner);
            let texts = std::mem::take(texts);
            Arc::new(Trust::new(
                texts.iter().flat_map(|text| readable(text)).collect(),
            ))
        };
        Arc::clone(self.trust.get_or_init(read))
    }
}

impl fmt::Debug for RootSet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RootSet")
            .field("digest", &self.digest)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;

    #[test]
    fn a_number_stands_for_the_texts_that_were_given_last_until_it_is_dropped() {
        let texts = |text: &str| vec![text.to_owned()];
        let roots = KeptRoots::new(texts("a"));
        let number = roots.number();
        let first = kept(number).unwrap();
        assert!(Arc::ptr_eq(&first, &kept(number).unwrap()));
        roots.replace(texts("b"));
        assert_ne!(first.digest.as_ref(), kept(number).unwrap().digest.as_ref());
        drop(roots);
        assert!(kept(number).is_none());
        assert!(kept(0).is_none());
    }

    #[test]
    fn equal_texts_are_one_set_however_many_numbers_they_have() {
        let texts = || vec!["one".to_owned(), "two".to_owned()];
        let (one, two) = (KeptRoots::new(texts()), KeptRoots::new(texts()));
        let other = KeptRoots::new(vec!["onetwo".to_owned()]);
        assert_ne!(one.number(), two.number());
        assert!(Arc::ptr_eq(
            &kept(one.number()).unwrap(),
            &kept(two.number()).unwrap()
        ));
        assert!(!Arc::ptr_eq(
            &kept(one.number()).unwrap(),
            &kept(other.number()).unwrap()
        ));
    }
}
