//! Where a connect attempt stands.

use std::sync::atomic::{AtomicU8, Ordering};

use crate::error::Phase;

/// The phase of one connect attempt, written by the attempt and read by the owner of its deadline.
///
/// Share it in an `Arc`: the owner drops the attempt's future when the deadline passes and asks
/// here where the time went.
#[derive(Debug)]
pub struct Progress(AtomicU8);

impl Progress {
    /// Starts in the queue.
    pub const fn new() -> Self {
        Self(AtomicU8::new(Phase::Queue as u8))
    }

    /// Enters a phase.
    pub fn set(&self, phase: Phase) {
        self.0.store(phase as u8, Ordering::Relaxed);
    }

    /// The phase entered last.
    pub fn get(&self) -> Phase {
        const PHASES: [Phase; 5] = [
            Phase::Queue,
            Phase::Dns,
            Phase::Tcp,
            Phase::Tls,
            Phase::Auth,
        ];
        let value = self.0.load(Ordering::Relaxed);
        PHASES
            .into_iter()
            .find(|phase| *phase as u8 == value)
            .unwrap_or(Phase::Queue)
    }
}

impl Default for Progress {
    fn default() -> Self {
        Self::new()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_back_every_phase() {
        let progress = Progress::new();
        assert_eq!(progress.get(), Phase::Queue);
        for phase in [
            Phase::Dns,
            Phase::Tcp,
            Phase::Tls,
            Phase::Auth,
            Phase::Queue,
        ] {
            progress.set(phase);
            assert_eq!(progress.get(), phase);
        }
    }
}
