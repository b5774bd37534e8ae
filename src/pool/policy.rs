//! The pool's decisions, as pure functions.

use std::time::{Duration, Instant};

/// Why a session leaves the pool.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Reason {
    /// Idle for longer than idleTimeoutMillis (PO-3).
    Idle,
    /// Older than maxLifetimeSeconds (PO-6).
    Expired,
    /// Checked out maxUses times (PO-5).
    Expended,
    /// The pool is ending (PL-15).
    Ending,
    /// The socket is closed or broken, or the transaction status is unknown.
    Broken,
    /// The borrower asked for it (PL-5).
    Requested,
}

impl Reason {
    /// The word under which JavaScript logs it.
    pub(super) const fn as_str(self) -> &'static str {
        match self {
            Self::Idle => "idle",
            Self::Expired => "expired",
            Self::Expended => "expended",
            Self::Ending => "ending",
            Self::Broken => "broken",
            Self::Requested => "requested",
        }
    }
}

/// What becomes of a session that was given back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Verdict {
    /// It is idle, or the next waiter's.
    Keep,
    /// It is inside a transaction: ROLLBACK first.
    RollBack,
    /// It leaves the pool.
    Remove(Reason),
}

/// What is known of a session when it is given back.
#[derive(Debug, Clone, Copy)]
pub(super) struct Condition {
    /// Sessions can be queried.
    pub(super) open: bool,
    /// Transaction status of the last ReadyForQuery.
    pub(super) status: u8,
    /// Checkouts so far, this one included.
    pub(super) uses: u64,
    /// The most checkouts; 0 means no limit.
    pub(super) max_uses: u64,
    /// Its lifetime is over.
    pub(super) expired: bool,
    /// The pool is ending and nobody waits.
    pub(super) ending: bool,
}

/// Decides on a session that was given back.
pub(super) const fn after_use(condition: Condition) -> Verdict {
    if !condition.open {
        return Verdict::Remove(Reason::Broken);
    }
    if condition.ending {
        return Verdict::Remove(Reason::Ending);
    }
    if condition.max_uses != 0 && condition.uses >= condition.max_uses {
        return Verdict::Remove(Reason::Expended);
    }
    if condition.expired {
        return Verdict::Remove(Reason::Expired);
    }
    match condition.status {
        b'I' => Verdict::Keep,
        b'T' | b'E' => Verdict::RollBack,
        _ => Verdict::Remove(Reason::Broken),
    }
}

/// Decides on an idle session during upkeep.
pub(super) fn while_idle(
    now: Instant,
    idle_since: Instant,
    idle_timeout: Option<Duration>,
    expires: Option<Instant>,
    above_min: bool,
) -> Option<Reason> {
    if expires.is_some_and(|expires| now >= expires) {
        return Some(Reason::Expired);
    }
    let idle_for = now.saturating_duration_since(idle_since);
    (above_min && idle_timeout.is_some_and(|timeout| idle_for >= timeout)).then_some(Reason::Idle)
}

/// When an idle session must be looked at again.
pub(super) fn due(
    idle_since: Instant,
    idle_timeout: Option<Duration>,
    expires: Option<Instant>,
) -> Option<Instant> {
    let idle = idle_timeout.map(|timeout| idle_since + timeout);
    match (idle, expires) {
        (Some(idle), Some(expires)) => Some(idle.min(expires)),
        (idle, expires) => idle.or(expires),
    }
}

/// The lifetime of one session: up to a tenth shorter than asked, so that sessions opened together
/// do not all expire together. `random` is uniform in 0..=u32::MAX.
pub(super) fn lifetime(asked: Duration, random: u32) -> Duration {
    let share = 1.0 - 0.1 * (f64::from(random) / f64::from(u32::MAX));
    asked.mul_f64(share)
}

#[cfg(test)]
mod tests {
    use super::*;

    const SOUND: Condition = Condition {
        open: true,
        status: b'I',
        uses: 1,
        max_uses: 0,
        expired: false,
        ending: false,
    };

    #[test]
    fn a_sound_session_is_kept() {
        assert_eq!(after_use(SOUND), Verdict::Keep);
    }

    #[test]
    fn a_session_inside_a_transaction_is_rolled_back_first() {
        assert_eq!(
            after_use(Condition {
                status: b'T',
                ..SOUND
            }),
            Verdict::RollBack
        );
        assert_eq!(
            after_use(Condition {
                status: b'E',
                ..SOUND
            }),
            Verdict::RollBack
        );
    }

    #[test]
    fn a_broken_expended_expired_or_unwanted_session_leaves() {
        let removed = |condition| match after_use(condition) {
            Verdict::Remove(reason) => Some(reason),
            _ => None,
        };
        assert_eq!(
            removed(Condition {
                open: false,
                ..SOUND
            }),
            Some(Reason::Broken)
        );
        assert_eq!(
            removed(Condition { status: 0, ..SOUND }),
            Some(Reason::Broken)
        );
        assert_eq!(
            removed(Condition {
                uses: 3,
                max_uses: 3,
                ..SOUND
            }),
            Some(Reason::Expended)
        );
        assert_eq!(
            removed(Condition {
                expired: true,
                ..SOUND
            }),
            Some(Reason::Expired)
        );
        assert_eq!(
            removed(Condition {
                ending: true,
                ..SOUND
            }),
            Some(Reason::Ending)
        );
    }

    #[test]
    fn an_idle_session_leaves_for_its_age_only_above_the_minimum() {
        let start = Instant::now();
        let later = start + Duration::from_secs(10);
        let timeout = Some(Duration::from_secs(10));
        assert_eq!(
            while_idle(later, start, timeout, None, true),
            Some(Reason::Idle)
        );
        assert_eq!(while_idle(later, start, timeout, None, false), None);
        assert_eq!(while_idle(start, start, timeout, None, true), None);
        assert_eq!(while_idle(later, start, None, None, true), None);
        assert_eq!(
            while_idle(later, start, None, Some(later), false),
            Some(Reason::Expired)
        );
    }

    #[test]
    fn lifetimes_are_at_most_a_tenth_shorter_than_asked() {
        let asked = Duration::from_secs(100);
        assert_eq!(lifetime(asked, 0), asked);
        assert_eq!(lifetime(asked, u32::MAX), Duration::from_secs(90));
    }
}
