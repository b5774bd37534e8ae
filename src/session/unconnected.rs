//! For tests: a session on no socket, whose deliveries nobody wants.
#![allow(clippy::unwrap_used, reason = "a test may panic")]

use std::sync::Arc;

use tokio::runtime::{Builder, Runtime};

use super::{Delivery, Environment, Outlet, Session};

#[derive(Debug)]
struct Nobody;

impl Outlet for Nobody {
    fn deliver(&self, _: Delivery<'_>) {}
    fn signal(&self) {}
    fn hold(&self, _: isize) {}
}

/// The runtime only keeps its environment's tasks.
pub(super) fn session() -> (Arc<Session>, Runtime) {
    let runtime = Builder::new_current_thread().build().unwrap();
    let environment = Environment::new(Arc::new(Nobody), runtime.handle().clone());
    (Session::new(&environment, 0), runtime)
}
