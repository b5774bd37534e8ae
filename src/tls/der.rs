//! The little DER that certificates need beyond what rustls tells: elements one after another.

/// One element: its tag and contents, and all of its bytes.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Element<'a> {
    pub(super) tag: u8,
    pub(super) contents: &'a [u8],
    pub(super) whole: &'a [u8],
}

pub(super) const SEQUENCE: u8 = 0x30;
pub(super) const OBJECT_IDENTIFIER: u8 = 0x06;
pub(super) const UTC_TIME: u8 = 0x17;
pub(super) const GENERALIZED_TIME: u8 = 0x18;
/// Context-specific, constructed, number 0.
pub(super) const CONTEXT_0: u8 = 0xa0;
/// The same, number 3.
pub(super) const CONTEXT_3: u8 = 0xa3;

/// Reads elements off the front of `rest`; `None` at the end or at malformed bytes.
pub(super) fn next<'a>(rest: &mut &'a [u8]) -> Option<Element<'a>> {
    let input = *rest;
    let (&tag, tail) = input.split_first()?;
    let (&first, tail) = tail.split_first()?;
    let (length, tail) = if first < 0x80 {
        (usize::from(first), tail)
    } else {
        let size = usize::from(first & 0x7f);
        if size == 0 || size > 4 || tail.len() < size {
            return None;
        }
        let (digits, tail) = tail.split_at(size);
        let length = digits
            .iter()
            .fold(0_usize, |length, digit| (length << 8) | usize::from(*digit));
        (length, tail)
    };
    if tail.len() < length {
        return None;
    }
    let (contents, tail) = tail.split_at(length);
    *rest = tail;
    Some(Element {
        tag,
        contents,
        whole: &input[..input.len() - tail.len()],
    })
}

/// The next element if it has this tag.
pub(super) fn expect<'a>(rest: &mut &'a [u8], tag: u8) -> Option<Element<'a>> {
    next(rest).filter(|element| element.tag == tag)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn reads_short_and_long_lengths() {
        let mut long = vec![SEQUENCE, 0x82, 0x01, 0x00];
        long.extend([7; 256]);
        long.extend([OBJECT_IDENTIFIER, 1, 42]);
        let mut rest = long.as_slice();
        assert_eq!(next(&mut rest).map(|e| e.contents.len()), Some(256));
        let oid = expect(&mut rest, OBJECT_IDENTIFIER);
        assert_eq!(oid.map(|e| e.contents), Some(&[42][..]));
        assert_eq!(next(&mut rest), None);
    }

    proptest! {
        #[test]
        fn never_panics_and_always_advances(bytes in proptest::collection::vec(any::<u8>(), 0..64)) {
            let mut rest = bytes.as_slice();
            let mut before = rest.len();
            while next(&mut rest).is_some() {
                prop_assert!(rest.len() < before);
                before = rest.len();
            }
        }
    }
}
