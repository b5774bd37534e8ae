//! Following the frames of a byte stream that somebody else reads.

use crate::error::Result;

use super::frame::{HEADER, body_length, check_tag};

/// Knows where in a frame a byte stream is, and keeps nothing of it but the header under way.
#[derive(Debug, Default, Clone, Copy)]
pub struct FrameTracker {
    header: [u8; HEADER],
    /// Bytes of the header that have passed; all of them while the body passes.
    passed: usize,
    /// Bytes of the body that are still to come.
    rest: usize,
}

/// A frame ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FrameEnd {
    /// The frame's tag.
    pub tag: u8,
    /// Bytes up to and including its last one.
    pub at: usize,
}

impl FrameTracker {
    /// Whether the next byte begins a frame.
    pub const fn is_at_boundary(&self) -> bool {
        self.passed == 0
    }

    /// Follows what a backend says up to the first frame that ends in `bytes`; `None`: none does.
    ///
    /// # Errors
    /// What no backend says: see [`super::split_frame`].
    pub fn follow_backend(&mut self, bytes: &[u8]) -> Result<Option<FrameEnd>> {
        self.follow(bytes, |tag, length| match length {
            None => check_tag(tag).map(|()| 0),
            Some(length) => body_length(tag, length),
        })
    }

    /// Follows what a frontend says, which nobody judges here.
    pub fn follow_frontend(&mut self, bytes: &[u8]) -> Option<FrameEnd> {
        let end = self.follow(bytes, |_, length| {
            let length = u32::from_be_bytes(length.unwrap_or_default());
            Ok(usize::try_from(length)
                .unwrap_or(usize::MAX)
                .saturating_sub(HEADER - 1))
        });
        end.unwrap_or_default()
    }

    fn follow(
        &mut self,
        bytes: &[u8],
        judge: impl Fn(u8, Option<[u8; 4]>) -> Result<usize>,
    ) -> Result<Option<FrameEnd>> {
        let mut at = 0;
        while self.passed < HEADER {
            let Some(byte) = bytes.get(at) else {
                return Ok(None);
            };
            self.header[self.passed] = *byte;
            self.passed += 1;
            at += 1;
            let [tag, length @ ..] = self.header;
            match self.passed {
                1 => self.rest = judge(tag, None)?,
                HEADER => self.rest = judge(tag, Some(length))?,
                _ => {}
            }
        }
        let here = bytes.len().saturating_sub(at).min(self.rest);
        self.rest -= here;
        if self.rest > 0 {
            return Ok(None);
        }
        self.passed = 0;
        Ok(Some(FrameEnd {
            tag: self.header[0],
            at: at + here,
        }))
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may panic")]
    use super::*;

    const ANSWER: &[u8] = b"T\0\0\0\x06\0\0C\0\0\0\x0dSELECT 0\0Z\0\0\0\x05I";

    fn ends(tracker: &mut FrameTracker, pieces: &[&[u8]]) -> Vec<(u8, usize)> {
        let mut found = Vec::new();
        let mut before = 0;
        for piece in pieces {
            let mut at = 0;
            while let Some(end) = tracker.follow_backend(&piece[at..]).unwrap() {
                at += end.at;
                found.push((end.tag, before + at));
            }
            before += piece.len();
        }
        found
    }

    #[test]
    fn every_frame_ends_where_it_ends_however_the_stream_is_cut() {
        let whole = ends(&mut FrameTracker::default(), &[ANSWER]);
        assert_eq!(whole, [(b'T', 7), (b'C', 21), (b'Z', 27)]);
        for first in 0..=ANSWER.len() {
            for second in first..=ANSWER.len() {
                let pieces = [&ANSWER[..first], &ANSWER[first..second], &ANSWER[second..]];
                let mut tracker = FrameTracker::default();
                assert_eq!(ends(&mut tracker, &pieces), whole);
                assert!(tracker.is_at_boundary());
            }
        }
    }

    #[test]
    fn a_boundary_is_only_where_a_frame_ended() {
        for cut in 0..=ANSWER.len() {
            let mut tracker = FrameTracker::default();
            ends(&mut tracker, &[&ANSWER[..cut]]);
            assert_eq!(tracker.is_at_boundary(), [0, 7, 21, 27].contains(&cut));
        }
    }

    #[test]
    fn what_no_backend_says_is_refused_as_soon_as_it_shows() {
        assert!(FrameTracker::default().follow_backend(b"v").is_err());
        let mut tracker = FrameTracker::default();
        assert!(tracker.follow_backend(b"Z\0\0\0").is_ok());
        assert!(tracker.follow_backend(b"\x09").is_err());
    }

    #[test]
    fn a_frontend_may_say_anything_of_any_length() {
        let mut tracker = FrameTracker::default();
        assert_eq!(tracker.follow_frontend(b"d\0\0\0\x06a"), None);
        let end = FrameEnd { tag: b'd', at: 1 };
        assert_eq!(tracker.follow_frontend(b"bS"), Some(end));
        assert_eq!(tracker.follow_frontend(b"!\0\0\0\0").unwrap().at, 5);
    }
}
