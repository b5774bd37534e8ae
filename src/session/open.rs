//! Opening sessions: for a Client that nobody pools, and inside a pool's checkout.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use serde_json::json;
use tokio::time::timeout;

use crate::config::SessionConfig;
use crate::error::{Error, Result, ServerError};

use super::connect::connect_over;
use super::conversation::error_json;
use super::driver::Driver;
use super::handle::{Closing, Key, Session};
use super::limits::Limits;
use super::outlet::{Delivery, Event, EventKind};
use super::password::AskJavaScript;
use super::{Bridge, Environment, Established, connect, fallback};

/// What JavaScript wants to know of a session that became ready.
#[derive(Clone)]
pub struct Introduction {
    /// The backend's process id.
    pub process_id: i32,
    /// The first four bytes of the secret, as pg shows them (P-1).
    pub secret_key: i32,
    /// ParameterStatus messages of the startup.
    pub parameters: Vec<(String, String)>,
    /// Notices of the startup.
    pub notices: Vec<ServerError>,
    /// Transaction status.
    pub status: u8,
}

impl Introduction {
    fn of(established: &Established) -> Self {
        let secret = established.secret_key.first_chunk::<4>();
        Self {
            process_id: established.process_id,
            secret_key: secret.map_or(0, |bytes| i32::from_be_bytes(*bytes)),
            parameters: established.parameters.clone(),
            notices: established.notices.clone(),
            status: established.transaction_status,
        }
    }

    /// As JavaScript reads it.
    pub fn to_json(&self) -> String {
        json!({
            "processID": self.process_id,
            "secretKey": self.secret_key,
            "parameters": self.parameters,
            "notices": self.notices,
            "status": char::from(self.status),
        })
        .to_string()
    }
}

/// The secret never prints.
impl fmt::Debug for Introduction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Introduction")
            .field("process_id", &self.process_id)
            .finish_non_exhaustive()
    }
}

/// Opens a session for a Client. The outcome comes as an event; closing the session gives up.
pub fn open(
    environment: &Arc<Environment>,
    config: SessionConfig,
    deadline: Option<Duration>,
) -> Arc<Session> {
    let session = Session::new(environment, 0);
    if config.bridged {
        // Set once, right here.
        let _ = session.bridge.set(Bridge::new(environment, 0, session.id));
    }
    environment.outlet.hold(1);
    let opening = Arc::clone(&session);
    environment.runtime.spawn(async move {
        let attempt = establish(&opening, &config);
        let outcome = match deadline {
            None => attempt.await,
            Some(deadline) => match timeout(deadline, attempt).await {
                Ok(outcome) => outcome,
                Err(_) => Err(Error::Timeout {
                    phase: opening.progress.get(),
                }),
            },
        };
        match outcome {
            Ok(driver) => {
                let introduction = opening.introduction().map(|it| it.to_json());
                tell(
                    &opening,
                    EventKind::Connected,
                    introduction.unwrap_or_default(),
                );
                driver.run().await;
            }
            Err(error) => {
                tell(&opening, EventKind::ConnectFailed, error_json(&error));
                give_up(&opening);
                opening.environment.outlet.hold(-1);
                opening.environment.outlet.signal();
            }
        }
    });
    session
}

/// Connects a session for a pool and starts its task. Dropping the future gives up.
///
/// # Errors
/// Whatever kept the session from being ready.
pub async fn open_pooled(session: Arc<Session>, config: &SessionConfig) -> Result<Arc<Session>> {
    // The driver gives this back when the socket is closed.
    session.environment.outlet.hold(1);
    let guard = Abandoned(Some(Arc::clone(&session)));
    if config.bridged {
        return Err(Error::Message {
            message: "oxpg: a pool cannot open a session over a socket of JavaScript's by itself; \
                      this is a defect of oxpg, please report it"
                .to_owned(),
            code: None,
        });
    }
    let driver = establish(&session, config).await?;
    guard.disarm();
    tell(&session, EventKind::Opened, String::new());
    session.environment.runtime.spawn(driver.run());
    Ok(session)
}

/// A pooled session whose connect attempt failed or was dropped.
struct Abandoned(Option<Arc<Session>>);

impl Abandoned {
    fn disarm(mut self) {
        self.0 = None;
    }
}

impl Drop for Abandoned {
    fn drop(&mut self) {
        if let Some(session) = self.0.take() {
            give_up(&session);
            session.environment.outlet.hold(-1);
            session.environment.outlet.signal();
        }
    }
}

async fn establish(session: &Arc<Session>, config: &SessionConfig) -> Result<Driver> {
    let passwords = AskJavaScript {
        environment: Arc::clone(&session.environment),
        pool: session.pool,
        session: session.id,
    };
    let progress = &session.progress;
    let connecting = async {
        match session.bridge() {
            None => connect_either_way(session, config, &passwords).await,
            Some(bridge) => connect_over(bridge, config, &passwords, progress).await,
        }
    };
    let established = tokio::select! {
        established = connecting => established?,
        () = abandoned(session) => return Err(Error::Closed),
    };
    // Set once: a session connects once.
    let _ = session.limits.set(Limits {
        result: config.max_result_bytes,
        field: config.max_field_bytes,
    });
    let introduction = Introduction::of(&established);
    session.status.store(introduction.status, Ordering::Release);
    let key = Key {
        peer: established.peer,
        process_id: established.process_id,
        secret: established.secret_key,
        introduction,
        tls: established.stream.tls_facts(),
    };
    // Set once: a session connects once.
    let _ = session.key.set(key);
    session.lock_outbox().socket = established.stream.second_handle();
    Ok(Driver::new(
        Arc::clone(session),
        established.stream,
        established.read_buffer,
    ))
}

/// Connects by rustls or, where rustls cannot, by Node's TLS, which judges by the same options: what is
/// accepted in the end is what OpenSSL accepts (T-4).
async fn connect_either_way(
    session: &Arc<Session>,
    config: &SessionConfig,
    passwords: &AskJavaScript,
) -> Result<Established> {
    let progress = &session.progress;
    if config.ssl.is_none() {
        return connect(config, passwords, progress).await;
    }
    let environment = &session.environment;
    let key = fallback::key(config);
    if !environment.fallbacks.contains(&key, Instant::now()) {
        match connect(config, passwords, progress).await {
            Err(Error::Tls { .. }) => {}
            outcome => return outcome,
        }
    }
    let bridge = session
        .bridge
        .get_or_init(|| Bridge::new(environment, session.pool, session.id));
    bridge.dial(&config.host, config.port);
    let outcome = connect_over(bridge, config, passwords, progress).await;
    // Not as soon as the socket is open: of TLS 1.3 the client's half is over before the server says that it
    // does not want our certificate, which is no reason to avoid rustls.
    if outcome.is_ok() {
        environment.fallbacks.remember(key, Instant::now());
    }
    outcome
}

/// Resolves when somebody closes the session while it is connecting.
async fn abandoned(session: &Session) {
    std::future::poll_fn(|context| {
        let mut outbox = session.lock_outbox();
        if outbox.closing >= Some(Closing::Gracefully) {
            return std::task::Poll::Ready(());
        }
        outbox.waker = Some(context.waker().clone());
        std::task::Poll::Pending
    })
    .await;
}

fn give_up(session: &Session) {
    session.lock_outbox().closed = true;
    if let Some(bridge) = session.bridge() {
        bridge.abandon();
    }
    session.environment.forget(session.id);
    session.tell_owner();
}

fn tell(session: &Session, kind: EventKind, detail: String) {
    let outlet = &session.environment.outlet;
    outlet.deliver(Delivery::Event(Event {
        kind,
        pool: session.pool,
        session: session.id,
        ticket: 0,
        detail,
    }));
    outlet.signal();
}
