//! `NativeEnvironment`: what JavaScript calls now and then. Options and answers are JSON.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use napi::bindgen_prelude::{Function, JsValue, Object, Uint8Array, Unknown};
use napi::{Env, Error, Result};
use napi_derive::napi;
use serde::de::DeserializeOwned;
use slab::Slab;

use crate::config::{PoolConfig, SessionConfig};
use crate::error::Error as SessionError;
use crate::pool::{Checkout, Pool, Release};
use crate::session::{Environment, IoThread, Outlet, open};
use crate::wire::{Kind, Statement};

use super::bell::Bell;
use super::hot::{self, Hot};
use super::mailbox::Mailbox;
use super::pinned::Pinned;
use super::roots::Roots;

/// What the calls of one Node environment share.
pub(super) struct Shared {
    pub(super) mailbox: Arc<Mailbox>,
    pub(super) environment: Arc<Environment>,
    statements: Mutex<Slab<Arc<Statement>>>,
    pools: Mutex<Pools>,
    roots: Mutex<Roots>,
}

impl std::fmt::Debug for Shared {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Shared")
            .field("environment", &self.environment)
            .finish_non_exhaustive()
    }
}

#[derive(Default)]
struct Pools {
    open: HashMap<u32, Pool>,
    last: u32,
}

impl Shared {
    pub(super) fn statement(&self, id: u32) -> Option<Arc<Statement>> {
        self.lock_statements().get(id as usize).map(Arc::clone)
    }

    pub(super) fn pool(&self, id: u32) -> Option<Pool> {
        self.lock_pools().open.get(&id).cloned()
    }

    fn lock_statements(&self) -> MutexGuard<'_, Slab<Arc<Statement>>> {
        self.statements
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn lock_roots(&self) -> MutexGuard<'_, Roots> {
        self.roots.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn lock_pools(&self) -> MutexGuard<'_, Pools> {
        self.pools.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A result whose plan JavaScript has judged.
#[napi(object)]
#[derive(Debug)]
pub struct ResultInQuestion {
    /// The session it comes over; 0 if it is complete already.
    pub session: u32,
    /// Whose result.
    pub ticket: u32,
    /// The statement that gave it.
    pub statement: u32,
    /// Whether the query chose its own type parsers.
    pub custom_types: bool,
}

/// The native half of one Node environment (the main thread or a worker).
#[napi]
#[derive(Debug)]
pub struct NativeEnvironment {
    pub(super) shared: Arc<Shared>,
}

#[napi]
impl NativeEnvironment {
    /// `wake` is called when there is something to drain.
    #[napi(constructor)]
    pub fn new(env: Env, wake: Function<'_, (), ()>) -> Result<Self> {
        let io = IoThread::shared().map_err(|error| {
            Error::from_reason(format!("oxpg could not start its I/O thread: {error}"))
        })?;
        let mailbox = Mailbox::new(Bell::new(env.raw(), wake.raw())?);
        let outlet: Arc<dyn Outlet> = Arc::<Mailbox>::clone(&mailbox);
        let environment = Environment::new(outlet, io.handle().clone());
        mailbox.attach(&environment);
        let shared = Arc::new(Shared {
            mailbox,
            environment,
            statements: Mutex::default(),
            pools: Mutex::default(),
            roots: Mutex::default(),
        });
        // Runs before the environment is gone, also when a worker is terminated: nothing rings, every
        // socket closes, and the last environment stops and joins the I/O thread.
        env.add_env_cleanup_hook((Arc::clone(&shared), io), |(shared, io)| {
            shared.mailbox.close();
            // Before the sockets close: a slot that becomes free must not serve whoever waits.
            for (_, pool) in shared.lock_pools().open.drain() {
                pool.abandon();
            }
            shared.environment.close();
            drop(io);
        })?;
        Ok(Self { shared })
    }

    /// The kind in which pg-types' own parser lets a type travel.
    #[napi]
    pub fn default_kind(oid: u32) -> u8 {
        Kind::of_type(oid) as u8
    }

    /// The calls that every query makes; `arrays` are shared memory from then on:
    /// ints, nums, repacked ints, repacked nums, parameters.
    #[napi]
    pub fn hot<'env>(&self, env: &'env Env, arrays: Vec<Unknown<'env>>) -> Result<Object<'env>> {
        let [ints, nums, repacked_ints, repacked_nums, parameters] = arrays.as_slice() else {
            return Err(Error::from_reason("hot() wants five typed arrays"));
        };
        let raw = env.raw();
        let methods = hot::methods(
            raw,
            Hot {
                shared: Arc::clone(&self.shared),
                ints: Pinned::new(raw, ints.raw())?,
                nums: Pinned::new(raw, nums.raw())?,
                repacked_ints: Pinned::new(raw, repacked_ints.raw())?,
                repacked_nums: Pinned::new(raw, repacked_nums.raw())?,
                parameters: Pinned::new(raw, parameters.raw())?,
                current: Mutex::default(),
            },
        )?;
        Ok(Object::from_raw(raw, methods))
    }

    /// Makes a statement known; the number stands for it until it is forgotten.
    #[napi]
    pub fn register_statement(&self, text: String, name: String) -> u32 {
        let statement = Arc::new(Statement::new(&text, &name));
        u32::try_from(self.shared.lock_statements().insert(statement)).unwrap_or(u32::MAX)
    }

    /// The number may be used for another statement from now on.
    #[napi]
    pub fn forget_statement(&self, id: u32) {
        self.shared.lock_statements().try_remove(id as usize);
    }

    /// JavaScript's verdict on a plan: `kinds` are right for this statement. Returns the number of the
    /// plan that has these kinds, or 0 if nobody knows the judged plan any more: then every batch of
    /// this result comes under it, with its rows kept.
    #[napi]
    pub fn settle(&self, result: ResultInQuestion, plan: u32, kinds: Option<Uint8Array>) -> u32 {
        let session = self.shared.environment.session(result.session);
        let plans = &self.shared.environment.plans;
        let better = match kinds {
            None => None,
            Some(kinds) => {
                let kinds = kinds.iter().map(|kind| Kind::from_number(*kind)).collect();
                match plans.find(plan) {
                    Some(plan) => Some(plans.with_kinds(&plan, kinds)),
                    None => return 0,
                }
            }
        };
        if let (Some(better), Some(statement)) = (&better, self.shared.statement(result.statement))
        {
            statement.remember(Arc::clone(better), result.custom_types);
        }
        let id = better.as_ref().map_or(plan, |better| better.id);
        if let Some(session) = session {
            session.settle(result.ticket, plan, better);
        }
        id
    }

    /// Opens a session for a Client; an event tells the outcome. `timeout` is in milliseconds.
    #[napi]
    pub fn open_session(&self, env: &Env, config: String, timeout: Option<f64>) -> Result<u32> {
        let config: SessionConfig = parse(&config)?;
        let timeout = timeout
            .filter(|millis| *millis > 0.0)
            // What no Duration can hold is as good as no timeout; a panic here would end the process.
            .and_then(|millis| Duration::try_from_secs_f64(millis / 1e3).ok());
        let session = open(&self.shared.environment, config, timeout);
        self.shared.mailbox.ensure_alive(env.raw());
        Ok(session.id)
    }

    /// Ends a session: politely, or now.
    #[napi]
    pub fn close_session(&self, session: u32, now: bool) {
        if let Some(session) = self.shared.environment.session(session) {
            if now {
                session.abort()
            } else {
                session.close()
            }
        }
    }

    /// Asks the server to cancel what the session executes.
    #[napi]
    pub fn cancel(&self, session: u32) {
        if let Some(session) = self.shared.environment.session(session) {
            session.cancel();
        }
    }

    /// What the server told at startup, as JSON; null before that and after the end.
    #[napi]
    pub fn introduction(&self, session: u32) -> Option<String> {
        let session = self.shared.environment.session(session)?;
        session
            .introduction()
            .map(|introduction| introduction.to_json())
    }

    /// The other end of a session's socket and what TLS agreed on, as JSON; null as above.
    #[napi]
    pub fn socket_facts(&self, session: u32) -> Option<String> {
        self.shared.environment.session(session)?.socket_facts()
    }

    /// Parsed statements by name, as JSON pairs.
    #[napi]
    pub fn named_statements(&self, session: u32) -> String {
        let session = self.shared.environment.session(session);
        let named = session
            .map(|session| session.named_statements())
            .unwrap_or_default();
        serde_json::to_string(&named).unwrap_or_default()
    }

    /// The backend does not know this statement any more.
    #[napi]
    pub fn forget_named(&self, session: u32, name: String) {
        if let Some(session) = self.shared.environment.session(session) {
            session.forget_named(&name);
        }
    }

    /// Where a connect attempt is: `dns`, `tcp`, `tls`, `auth`.
    #[napi]
    pub fn phase(&self, session: u32) -> Option<String> {
        let phase = self.shared.environment.session(session)?.progress.get();
        serde_json::to_value(phase)
            .ok()?
            .as_str()
            .map(str::to_owned)
    }

    /// Answers a request for a password: with one, with none, or with an exception kept under a number.
    /// False if nobody waits for it any more.
    #[napi]
    pub fn answer_password(
        &self,
        ticket: u32,
        password: Option<String>,
        exception: Option<u32>,
    ) -> bool {
        let answer = match exception {
            Some(token) => Err(SessionError::Thrown { token }),
            None => Ok(password),
        };
        self.shared.environment.passwords.answer(ticket, answer)
    }

    /// Changes the count of things for which the process must stay alive.
    #[napi]
    pub fn hold(&self, env: &Env, change: i32) {
        self.shared.mailbox.hold(change as isize);
        self.shared.mailbox.balance(env.raw());
    }

    /// An empty pool.
    #[napi]
    pub fn create_pool(&self, pool: String, session: String) -> Result<u32> {
        let (config, session) = (
            parse::<PoolConfig>(&pool)?,
            parse::<SessionConfig>(&session)?,
        );
        let mut pools = self.shared.lock_pools();
        pools.last += 1;
        let id = pools.last;
        pools
            .open
            .insert(id, Pool::new(&self.shared.environment, id, config, session));
        Ok(id)
    }

    /// Checks a session out for a Client: its number, or -1 (an event will tell), or -2 (create one).
    #[napi]
    pub fn checkout(&self, env: &Env, pool: u32, ticket: u32) -> Result<f64> {
        let outcome = self.pool(pool)?.checkout(ticket);
        self.shared.mailbox.ensure_alive(env.raw());
        Ok(match outcome {
            Checkout::Idle(session) => f64::from(session),
            Checkout::Waiting => -1.0,
            Checkout::Create => -2.0,
        })
    }

    /// The Client that a checkout wished for is connected, or could not be. False: nobody waits for it.
    #[napi]
    pub fn created(&self, pool: u32, ticket: u32, session: Option<u32>) -> Result<bool> {
        let session = session.and_then(|session| self.shared.environment.session(session));
        Ok(self.pool(pool)?.created(ticket, session))
    }

    /// Nobody wants this checkout any more; an event still tells its end.
    #[napi]
    pub fn give_up(&self, pool: u32, ticket: u32) -> Result<()> {
        self.pool(pool)?.give_up(ticket);
        Ok(())
    }

    /// Takes back what a Client held: null if it stays in the pool, else why it leaves.
    #[napi]
    pub fn release(
        &self,
        env: &Env,
        pool: u32,
        session: u32,
        destroy: bool,
    ) -> Result<Option<&'static str>> {
        let release = self.pool(pool)?.release(session, destroy);
        // An idle session may let the process exit.
        self.shared.mailbox.balance(env.raw());
        Ok(match release {
            Release::Kept => None,
            Release::Removed(reason) => Some(reason),
            Release::NotHeld => Some("broken"),
        })
    }

    /// total, idle, waiting, expired.
    #[napi]
    pub fn counts(&self, pool: u32) -> Result<Vec<u32>> {
        let counts = self.pool(pool)?.counts();
        let counts = [counts.total, counts.idle, counts.waiting, counts.expired];
        Ok(counts
            .map(|count| u32::try_from(count).unwrap_or(u32::MAX))
            .to_vec())
    }

    /// Ends the pool; an event tells when its last socket is closed.
    #[napi]
    pub fn end_pool(&self, env: &Env, pool: u32) -> Result<()> {
        self.pool(pool)?.end();
        self.shared.mailbox.ensure_alive(env.raw());
        Ok(())
    }

    /// Forgets an ended pool.
    #[napi]
    pub fn forget_pool(&self, pool: u32) {
        self.shared.lock_pools().open.remove(&pool);
    }

    fn pool(&self, id: u32) -> Result<Pool> {
        self.shared
            .pool(id)
            .ok_or_else(|| Error::from_reason("the pool has ended"))
    }
}

fn parse<T: DeserializeOwned>(text: &str) -> Result<T> {
    // serde's message names the field and never quotes a whole secret, but to be safe it is cut off.
    serde_json::from_str(text).map_err(|error| {
        Error::from_reason(format!(
            "invalid options at column {} ({:?})",
            error.column(),
            error.classify()
        ))
    })
}
