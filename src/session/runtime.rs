//! The I/O thread: one current-thread runtime per process, owned and joined by us.

use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::thread::JoinHandle;
use std::time::Duration;

use tokio::runtime::{Builder, Handle};
use tokio::sync::oneshot;

/// Keeps the I/O thread alive. When the last one is dropped the thread is stopped and joined, so
/// that no Rust code runs while the process tears itself down.
#[derive(Debug)]
pub struct IoThread {
    handle: Handle,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

static CURRENT: Mutex<Weak<IoThread>> = Mutex::new(Weak::new());

/// Helper threads, for what blocks: name lookups and SCRAM's hashes.
pub(super) const HELPERS: usize = 16;

/// A name lookup may hang in the C library; nobody waits for it longer than this at exit.
const LOOKUP_GRACE: Duration = Duration::from_millis(50);

impl IoThread {
    /// The process's I/O thread, started if there is none.
    ///
    /// # Errors
    /// The system refuses a thread or an event queue.
    pub fn shared() -> std::io::Result<Arc<Self>> {
        let mut current = CURRENT.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(thread) = current.upgrade() {
            return Ok(thread);
        }
        let thread = Arc::new(Self::start()?);
        *current = Arc::downgrade(&thread);
        Ok(thread)
    }

    /// Where tasks are spawned.
    pub fn handle(&self) -> &Handle {
        &self.handle
    }

    fn start() -> std::io::Result<Self> {
        let runtime = Builder::new_current_thread()
            .enable_all()
            .max_blocking_threads(HELPERS)
            .thread_name("oxpg-blocking")
            .build()?;
        let handle = runtime.handle().clone();
        let (stop, stopped) = oneshot::channel::<()>();
        let thread = std::thread::Builder::new()
            .name("oxpg-io".to_owned())
            .spawn(move || {
                // An error means that the sender is gone, which says the same.
                let _ = runtime.block_on(stopped);
                runtime.shutdown_timeout(LOOKUP_GRACE);
            })?;
        Ok(Self {
            handle,
            stop: Some(stop),
            thread: Some(thread),
        })
    }
}

impl Drop for IoThread {
    fn drop(&mut self) {
        drop(self.stop.take());
        if let Some(thread) = self.thread.take() {
            // The thread itself may hold the last reference while it drops its tasks.
            if thread.thread().id() != std::thread::current().id() {
                let _ = thread.join();
            }
        }
    }
}
