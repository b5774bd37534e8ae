//! The salted password: thousands of hashes, on threads of their own, once for all connections of a
//! storm.

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};

use ring::{digest, hmac};
use tokio::sync::Semaphore;

/// How many iterations are computed at a stretch: some milliseconds.
const STRETCH: u32 = 16 * 1024;

/// Stretches under way at a time. A storm of connects must leave a core to JavaScript's thread, and
/// whoever waits here finds the answer of the first.
static STRETCHES: Semaphore = Semaphore::const_new(1);

/// One for each role in use is enough: the salt is the role's, not the connection's.
const KNOWN: usize = 16;
static LATEST: Mutex<Latest> = Mutex::new(Latest(VecDeque::new()));

pub(super) type Salted = [u8; 32];

/// A digest of password, salt and iterations.
type Question = [u8; 32];

/// Computes it, or remembers it. After each stretch others have their turn, and dropping the future
/// ends the work. `None` if the threads are gone.
pub(super) async fn salted(password: &str, salt: &[u8], iterations: u32) -> Option<Salted> {
    let question = question(password, salt, iterations);
    let mut work: Option<Work> = None;
    loop {
        // Never closed, and first come, first served.
        let _turn = STRETCHES.acquire().await.ok()?;
        if let Some(answer) = latest().recall(&question) {
            return Some(answer);
        }
        let so_far = work.unwrap_or_else(|| Work::begin(password, salt, iterations));
        let so_far = tokio::task::spawn_blocking(|| so_far.go_on()).await.ok()?;
        if so_far.remaining == 0 {
            latest().remember(question, so_far.sum);
            return Some(so_far.sum);
        }
        work = Some(so_far);
    }
}

/// PBKDF2 with one block of output, as `ring::pbkdf2` does it, but in stretches: a hostile server
/// can ask for minutes.
struct Work {
    key: hmac::Key,
    round: hmac::Tag,
    sum: Salted,
    remaining: u32,
}

impl Work {
    fn begin(password: &str, salt: &[u8], iterations: u32) -> Self {
        let key = hmac::Key::new(hmac::HMAC_SHA256, password.as_bytes());
        let round = hmac::sign(&key, &[salt, &[0, 0, 0, 1]].concat());
        let mut sum = [0; 32];
        add(&mut sum, &round);
        Self {
            sum,
            key,
            round,
            remaining: iterations.saturating_sub(1),
        }
    }

    fn go_on(mut self) -> Self {
        let stretch = self.remaining.min(STRETCH);
        for _ in 0..stretch {
            self.round = hmac::sign(&self.key, self.round.as_ref());
            add(&mut self.sum, &self.round);
        }
        self.remaining -= stretch;
        self
    }
}

fn add(sum: &mut Salted, round: &hmac::Tag) {
    for (sum, byte) in sum.iter_mut().zip(round.as_ref()) {
        *sum ^= byte;
    }
}

fn question(password: &str, salt: &[u8], iterations: u32) -> Question {
    let mut context = digest::Context::new(&digest::SHA256);
    // Lengths first: no two questions read alike.
    for part in [password.as_bytes(), salt, &iterations.to_be_bytes()] {
        context.update(&part.len().to_be_bytes());
        context.update(part);
    }
    let mut question = [0; 32];
    for (to, from) in question.iter_mut().zip(context.finish().as_ref()) {
        *to = *from;
    }
    question
}

/// The answers that were computed last, the newest first.
struct Latest(VecDeque<(Question, Salted)>);

impl Latest {
    fn recall(&self, question: &Question) -> Option<Salted> {
        let (_, answer) = self.0.iter().find(|(asked, _)| asked == question)?;
        Some(*answer)
    }

    fn remember(&mut self, question: Question, answer: Salted) {
        self.0.truncate(KNOWN - 1);
        self.0.push_front((question, answer));
    }
}

fn latest() -> MutexGuard<'static, Latest> {
    LATEST.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use std::num::NonZeroU32;

    use super::*;

    #[test]
    fn the_salted_password_is_that_of_ring() {
        for iterations in [1, 2, 4096, STRETCH, STRETCH + 1, STRETCH + 2, 3 * STRETCH] {
            let mut theirs = [0; 32];
            ring::pbkdf2::derive(
                ring::pbkdf2::PBKDF2_HMAC_SHA256,
                NonZeroU32::new(iterations).unwrap(),
                b"salt",
                b"secret",
                &mut theirs,
            );
            let mut ours = Work::begin("secret", b"salt", iterations);
            while ours.remaining > 0 {
                ours = ours.go_on();
            }
            assert_eq!(ours.sum, theirs, "{iterations}");
        }
    }

    #[tokio::test]
    async fn connections_of_one_storm_compute_once() {
        let storm = (0..50).map(|_| tokio::spawn(salted("once", b"storm", 4096)));
        for connection in storm.collect::<Vec<_>>() {
            assert!(connection.await.unwrap().is_some());
        }
        let asked = question("once", b"storm", 4096);
        let latest = latest();
        let answers = latest.0.iter().filter(|(question, _)| *question == asked);
        assert_eq!(answers.count(), 1);
    }

    #[tokio::test]
    async fn another_password_salt_or_count_is_another_question() {
        let mut seen = vec![salted("secret", b"salt", 4096).await.unwrap()];
        for (password, salt, iterations) in [
            ("secreT", &b"salt"[..], 4096),
            ("secret", b"Salt", 4096),
            ("secret", b"salt", 4097),
            ("secrets", b"alt", 4096),
        ] {
            let answer = salted(password, salt, iterations).await.unwrap();
            assert!(!seen.contains(&answer), "{password} {iterations}");
            seen.push(answer);
        }
        assert_eq!(salted("secret", b"salt", 4096).await.unwrap(), seen[0]);
    }

    #[test]
    fn what_is_kept_is_bounded_and_the_newest() {
        let mut latest = Latest(VecDeque::new());
        for number in 0..100 {
            latest.remember([number; 32], [number; 32]);
        }
        assert_eq!(latest.0.len(), KNOWN);
        assert_eq!(latest.recall(&[99; 32]), Some([99; 32]));
        assert_eq!(latest.recall(&[1; 32]), None);
    }
}
