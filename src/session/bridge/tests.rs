use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::runtime::Handle;

use super::*;
use crate::session::{Outlet, stream_error};

#[derive(Debug, Default)]
struct Recorder(Mutex<Vec<u32>>);

impl Outlet for Recorder {
    fn deliver(&self, delivery: Delivery<'_>) {
        if let Delivery::Event(event) = delivery {
            self.0.lock().unwrap().push(event.ticket);
        }
    }

    fn signal(&self) {}

    fn hold(&self, _: isize) {}
}

struct Fixture {
    bridge: Arc<Bridge>,
    environment: Arc<Environment>,
    wishes: Arc<Recorder>,
}

impl Fixture {
    fn new() -> Self {
        let wishes = Arc::new(Recorder::default());
        let outlet: Arc<dyn Outlet> = Arc::<Recorder>::clone(&wishes);
        let environment = Environment::new(outlet, Handle::current());
        let bridge = Bridge::new(&environment, 0, 1);
        Self {
            bridge,
            environment,
            wishes,
        }
    }

    async fn opened() -> (Self, BridgeStream) {
        let fixture = Self::new();
        fixture.bridge.opened(None);
        let stream = fixture.bridge.stream().await.unwrap();
        (fixture, stream)
    }

    fn wished(&self, wish: Wish) -> usize {
        let wishes = self.wishes.0.lock().unwrap();
        wishes.iter().filter(|told| **told == wish as u32).count()
    }
}

#[tokio::test]
async fn what_the_server_said_comes_before_the_failure() {
    let (fixture, mut stream) = Fixture::opened().await;
    fixture.bridge.received(b"last words");
    fixture.bridge.failed(Error::Thrown { token: 7 });
    fixture.bridge.failed(Error::Thrown { token: 8 });
    fixture.bridge.closed();
    stream.write_all(b"nobody hears").await.unwrap();
    let mut words = [0; 10];
    stream.read_exact(&mut words).await.unwrap();
    assert_eq!(&words, b"last words");
    let error = stream.read_u8().await.unwrap_err();
    assert_eq!(stream_error(error, "read"), Error::Thrown { token: 7 });
}

#[tokio::test]
async fn a_socket_that_closes_before_it_opens_is_an_end() {
    let fixture = Fixture::new();
    fixture.bridge.closed();
    assert_eq!(fixture.bridge.stream().await.err(), Some(Error::Closed));
}

#[tokio::test]
async fn writing_waits_until_javascript_takes_and_tells_it_once() {
    let (fixture, mut stream) = Fixture::opened().await;
    let bytes = vec![1; 3 * ROOM];
    let writing = tokio::spawn(async move { stream.write_all(&bytes).await });
    let mut taken = 0;
    while taken < 3 * ROOM {
        tokio::task::yield_now().await;
        let waiting = fixture.bridge.lock().outgoing.len();
        assert!(waiting <= ROOM);
        taken += fixture.bridge.take().len();
    }
    writing.await.unwrap().unwrap();
    assert_eq!(fixture.wished(Wish::Write), 3);
}

#[tokio::test]
async fn a_full_bridge_pauses_the_socket_and_resumes_it_when_half_is_read() {
    let (fixture, mut stream) = Fixture::opened().await;
    assert!(fixture.bridge.received(&vec![1; ROOM]));
    assert!(!fixture.bridge.received(&[1]));
    let mut read = vec![0; ROOM / 2];
    stream.read_exact(&mut read).await.unwrap();
    assert_eq!(fixture.wished(Wish::Resume), 0);
    stream.read_exact(&mut [0]).await.unwrap();
    assert_eq!(fixture.wished(Wish::Resume), 1);
}

#[tokio::test]
async fn closing_waits_for_the_socket_unless_javascript_is_gone() {
    let (fixture, _stream) = Fixture::opened().await;
    let closing = fixture.bridge.close();
    let mut closing = std::pin::pin!(closing);
    let poll = std::future::poll_fn(|context| Poll::Ready(closing.as_mut().poll(context)));
    assert!(poll.await.is_pending());
    assert_eq!(fixture.wished(Wish::Destroy), 1);
    fixture.bridge.closed();
    closing.await;

    let (fixture, _stream) = Fixture::opened().await;
    fixture.environment.close();
    let closing = timeout(FAREWELL / 2, fixture.bridge.close());
    assert!(closing.await.is_ok());
}

#[tokio::test]
async fn a_cancel_ends_with_javascripts_answer_or_with_the_session() {
    let (fixture, _stream) = Fixture::opened().await;
    let bridge = Arc::clone(&fixture.bridge);
    let cancel = tokio::spawn(async move { bridge.cancel().await });
    while fixture.wished(Wish::Cancel) == 0 {
        tokio::task::yield_now().await;
    }
    fixture.bridge.cancelled(true);
    assert!(cancel.await.unwrap());

    let bridge = Arc::clone(&fixture.bridge);
    let cancel = tokio::spawn(async move { bridge.cancel().await });
    while fixture.wished(Wish::Cancel) == 1 {
        tokio::task::yield_now().await;
    }
    fixture.bridge.closed();
    fixture.bridge.close().await;
    assert!(!cancel.await.unwrap());
    assert!(!fixture.bridge.cancel().await);
}

#[tokio::test]
async fn the_first_bytes_are_there_when_the_socket_opens_or_are_told_of() {
    let early = Fixture::new();
    early.bridge.prepare(b"startup");
    early.bridge.opened(None);
    assert_eq!(early.bridge.take(), b"startup");
    assert_eq!(early.wished(Wish::Write), 0);

    let late = Fixture::new();
    late.bridge.opened(None);
    assert_eq!(late.bridge.take(), b"");
    late.bridge.prepare(b"startup");
    assert_eq!(late.wished(Wish::Write), 1);
    assert_eq!(late.bridge.take(), b"startup");
}
