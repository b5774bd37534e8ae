//! Writing failed, but what the server said before it left may still be unread: a FATAL, say.

use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use tokio::time::{Sleep, sleep};

use crate::error::{Error, Result};

/// What was sent before the socket broke is read at once; more than that is not worth waiting for.
const PATIENCE: Duration = Duration::from_secs(1);

/// Nothing is written any more; reading goes on to the end of the stream.
#[derive(Debug)]
pub(super) struct LastWords {
    error: Error,
    patience: Pin<Box<Sleep>>,
    /// Something came since.
    pub(super) heard: bool,
}

impl LastWords {
    /// `error` is why writing failed.
    pub(super) fn new(error: Error) -> Self {
        Self {
            error,
            patience: Box::pin(sleep(PATIENCE)),
            heard: false,
        }
    }

    /// How the session ended: the failed write tells more than how reading ended, but less than what
    /// the server said.
    pub(super) fn outcome(&self) -> Result<()> {
        if self.heard {
            Ok(())
        } else {
            Err(self.error.clone())
        }
    }

    /// Ready when nothing more is to be expected.
    pub(super) fn poll(&mut self, context: &mut Context<'_>) -> Poll<Result<()>> {
        self.patience
            .as_mut()
            .poll(context)
            .map(|()| self.outcome())
    }
}

#[cfg(all(test, unix))]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may panic")]
    use std::sync::{Arc, Mutex};

    use bytes::BytesMut;
    use tokio::io::AsyncWriteExt;
    use tokio::net::UnixStream;
    use tokio::runtime::Handle;

    use crate::session::driver::Driver;
    use crate::session::stream::Stream;
    use crate::session::{Delivery, Environment, EventKind, Outlet, Request, Session, error_json};
    use crate::wire::Statement;

    #[derive(Debug, Default)]
    struct Recorder(Mutex<Vec<String>>);

    impl Outlet for Recorder {
        fn deliver(&self, delivery: Delivery<'_>) {
            let told = match delivery {
                Delivery::Failed { ticket, error } => format!("{ticket}: {}", error_json(error)),
                Delivery::Event(event) if event.kind == EventKind::Closed => {
                    format!("closed: {}", event.detail)
                }
                _ => return,
            };
            self.0.lock().unwrap().push(told);
        }

        fn signal(&self) {}

        fn hold(&self, _: isize) {}
    }

    /// What is told of a query written to a server that said `words` and left.
    async fn told(words: &[u8]) -> Vec<String> {
        let recorder = Arc::new(Recorder::default());
        let outlet: Arc<dyn Outlet> = Arc::<Recorder>::clone(&recorder);
        let environment = Environment::new(outlet, Handle::current());
        let session = Session::new(&environment, 0);
        let (ours, mut theirs) = UnixStream::pair().unwrap();
        theirs.write_all(words).await.unwrap();
        drop(theirs);
        let statement = Arc::new(Statement::new("SELECT 1", ""));
        let request = Request {
            ticket: 5,
            ..Request::internal(&statement)
        };
        assert!(session.submit(&request, None).is_ok());
        let driver = Driver::new(session, Stream::Unix(ours), BytesMut::new());
        driver.run().await;
        std::mem::take(&mut recorder.0.lock().unwrap())
    }

    #[tokio::test]
    async fn a_fatal_that_is_unread_when_writing_fails_reaches_the_query() {
        let told = told(b"E\0\0\0\x18SFATAL\0C57P01\0Mbye\0\0").await;
        assert_eq!(told.len(), 2, "{told:?}");
        assert!(told[0].starts_with("5: ") && told[0].contains("57P01"));
        assert_eq!(told[1], "closed: ");
    }

    #[tokio::test]
    async fn the_failed_write_is_told_where_the_server_said_nothing() {
        let told = told(b"").await;
        assert_eq!(told.len(), 1, "{told:?}");
        assert!(told[0].contains("EPIPE"), "{told:?}");
    }
}
