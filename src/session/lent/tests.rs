#![allow(clippy::unwrap_used, reason = "a test may panic")]
use std::sync::Arc;

use crate::session::Request;
use crate::session::unconnected::session;
use crate::wire::Statement;

use super::*;

const NOTIFICATION: &[u8] = b"A\0\0\0\x0c\0\0\0\x07c\0p\0";
const READY: &[u8] = b"Z\0\0\0\x05T";
const SYNC: &[u8] = b"S\0\0\0\x04";

fn submit(session: &Session) {
    let statement = Arc::new(Statement::new("SELECT 1", ""));
    assert!(session.submit(&Request::internal(&statement), None).is_ok());
}

fn read(session: &Session, reader: &mut LentReader, incoming: &mut BytesMut) -> (Next, Vec<u8>) {
    let next = reader.read(session, incoming).unwrap();
    let bytes = session.take_lent().unwrap_or_default().to_vec();
    assert_eq!(session.take_lent(), None);
    (next, bytes)
}

#[test]
fn the_ready_for_query_that_answers_everything_gives_the_stream_back() {
    let (session, _runtime) = session();
    let written = session.write_lent(&[SYNC, SYNC].concat()).unwrap();
    assert_eq!((written.asked, session.is_at_rest()), (2, false));
    let mut reader = LentReader::default();
    let mut incoming = BytesMut::from(&[READY, READY, NOTIFICATION].concat()[..]);
    let (next, bytes) = read(&session, &mut reader, &mut incoming);
    assert_eq!((next, bytes), (Next::Native, [READY, READY].concat()));
    assert_eq!(&incoming[..], NOTIFICATION);
    assert!(session.is_at_rest());
    assert_eq!(session.transaction_status(), b'T');
}

#[test]
fn a_frame_that_javascript_has_the_beginning_of_stays_its_own_to_the_end() {
    for cut in 1..NOTIFICATION.len() {
        let (session, _runtime) = session();
        session.write_lent(b"P\0\0\0\x04").unwrap();
        let mut reader = LentReader::default();
        let mut incoming = BytesMut::from(&NOTIFICATION[..cut]);
        let (next, bytes) = read(&session, &mut reader, &mut incoming);
        assert_eq!((next, &bytes[..]), (Next::More, &NOTIFICATION[..cut]));

        submit(&session);
        assert!(reader.is_under_way());
        let mut incoming = BytesMut::from(&[&NOTIFICATION[cut..], READY].concat()[..]);
        let (next, bytes) = read(&session, &mut reader, &mut incoming);
        assert_eq!((next, &bytes[..]), (Next::Native, &NOTIFICATION[cut..]));
        assert_eq!(&incoming[..], READY);
        assert!(!reader.is_under_way());
    }
}

#[test]
fn a_ready_for_query_is_not_believed_while_a_cancel_is_under_way_however_it_is_cut() {
    for cut in 0..READY.len() {
        let (session, _runtime) = session();
        session.write_lent(SYNC).unwrap();
        session.cancels.store(1, Ordering::Release);
        let mut reader = LentReader::default();
        let mut incoming = BytesMut::from(&READY[..cut]);
        read(&session, &mut reader, &mut incoming);
        incoming.extend_from_slice(&READY[cut..]);
        let (next, _) = read(&session, &mut reader, &mut incoming);
        assert_eq!((next, &incoming[..]), (Next::Held, &READY[5..]));
        assert_eq!(session.transaction_status(), 0);
        assert_eq!(session.lock_outbox().answered, 1);

        session.cancels.store(0, Ordering::Release);
        let (next, bytes) = read(&session, &mut reader, &mut incoming);
        assert_eq!((next, &bytes[..]), (Next::Native, &READY[5..]));
        assert_eq!(session.transaction_status(), b'T');
        assert_eq!(session.lock_outbox().answered, 1);
    }
}

#[test]
fn answers_come_in_the_order_of_the_queries_whoever_wrote_them() {
    let (session, _runtime) = session();
    submit(&session);
    session.write_lent(SYNC).unwrap();
    submit(&session);
    session.write_lent(&[SYNC, SYNC].concat()).unwrap();
    let mut outbox = session.lock_outbox();
    assert!(!outbox.lending_is_due());
    outbox.answered += 1;
    assert!(outbox.lending_is_due());
    drop(outbox);
    let mut reader = LentReader::default();
    let mut incoming = BytesMut::from(&[READY, READY].concat()[..]);
    let (next, bytes) = read(&session, &mut reader, &mut incoming);
    assert_eq!((next, &bytes[..]), (Next::Native, READY));
    session.lock_outbox().answered += 1;
    let mut incoming = BytesMut::from(&[READY, READY, NOTIFICATION].concat()[..]);
    let (next, bytes) = read(&session, &mut reader, &mut incoming);
    assert_eq!((next, bytes), (Next::Native, [READY, READY].concat()));
}

#[test]
fn a_sync_that_copy_mode_swallows_is_not_waited_for() {
    let (session, _runtime) = session();
    session.write_lent(SYNC).unwrap();
    let mut reader = LentReader::default();
    let mut incoming = BytesMut::from(&b"G\0\0\0\x07\0\0\0"[..]);
    read(&session, &mut reader, &mut incoming);
    assert_eq!(session.take_swallowed(), 1);
    assert_eq!(session.take_swallowed(), 0);
    assert!(session.is_at_rest());
    assert_eq!(session.write_lent(SYNC).unwrap().asked, 0);
    let end = [b"c\0\0\0\x04", SYNC].concat();
    assert_eq!(session.write_lent(&end).unwrap().asked, 1);
}

#[test]
fn copy_data_behind_the_end_of_its_copy_lends_nothing() {
    let (session, _runtime) = session();
    session.write_lent(b"d\0\0\0\x05xc\0\0\0\x04").unwrap();
    assert!(!session.lock_outbox().lending.is_on());
}

#[test]
fn whoever_writes_much_is_told_to_wait_and_then_to_go_on() {
    let (session, _runtime) = session();
    assert!(session.write_lent(&[0; 1000]).unwrap().has_room);
    assert!(!session.write_lent(&vec![0; MUCH_UNSENT]).unwrap().has_room);
    session.lock_outbox().bytes.clear();
    session.offer_room(LITTLE_UNSENT + 1);
    assert!(session.lock_outbox().lending.wants_room());
    session.offer_room(LITTLE_UNSENT);
    assert!(!session.lock_outbox().lending.wants_room());
}

#[test]
fn a_paused_stream_goes_on_whatever_was_taken_of_the_unread() {
    let (session, runtime) = session();
    let _context = runtime.enter();
    let (flag, waker) = woken();
    session.lock_outbox().waker = Some(waker);
    // A notice's bytes and a lent piece: both count.
    session.delivered(MUCH_UNREAD);
    session.deliver_lent(Bytes::from_static(&[0; 9]));
    assert!(session.must_pause_lending());
    session.consumed(MUCH_UNREAD);
    assert!(flag.0.load(Ordering::SeqCst));
    assert!(!session.must_pause_lending());
}

#[derive(Default)]
struct Flag(std::sync::atomic::AtomicBool);

impl std::task::Wake for Flag {
    fn wake(self: Arc<Self>) {
        self.0.store(true, Ordering::SeqCst);
    }
}

fn woken() -> (Arc<Flag>, std::task::Waker) {
    let flag = Arc::new(Flag::default());
    (Arc::clone(&flag), flag.into())
}

#[test]
fn a_copy_that_ended_before_it_began_is_over_at_its_ready_for_query() {
    let (session, _runtime) = session();
    let copy = b"Q\0\0\0\x05\0d\0\0\0\x05xc\0\0\0\x04";
    assert_eq!(session.write_lent(copy).unwrap().asked, 1);
    let mut reader = LentReader::default();
    let mut incoming = BytesMut::from(&[&b"G\0\0\0\x07\0\0\0"[..], READY].concat()[..]);
    read(&session, &mut reader, &mut incoming);
    assert_eq!(session.write_lent(SYNC).unwrap().asked, 1);
}

#[test]
fn what_wants_a_sync_or_its_own_rest_is_half_written() {
    let (session, _runtime) = session();
    assert!(!session.is_half_written());
    session.write_lent(b"P\0\0\0\x04").unwrap();
    assert!(session.is_half_written());
    session.write_lent(SYNC).unwrap();
    assert!(!session.is_half_written());
    session.write_lent(b"H\0\0").unwrap();
    assert!(session.is_half_written());
}

#[test]
fn a_ready_for_query_that_nobody_asked_for_answers_nothing() {
    use crate::session::conversation::Conversation;
    let (session, _runtime) = session();
    let mut conversation = Conversation::new(Arc::clone(&session));
    let frame = crate::wire::split_frame(READY).unwrap().unwrap();
    conversation.receive(frame, &mut BytesMut::new()).unwrap();
    assert_eq!(session.lock_outbox().answered, 0);
}
