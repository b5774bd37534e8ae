//! The mailbox of one Node environment: deliveries go in on the I/O side and are drained by one
//! JavaScript callback.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicBool, AtomicIsize, AtomicU32, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

use napi::sys;
use serde_json::json;

use crate::session::{Delivery, Environment, Event, Outlet, error_json};
use crate::wire::{Plan, PlanCache};

use super::bell::Bell;
use super::chunk::Chunk;

#[derive(Debug)]
pub(super) struct Mailbox {
    chunks: Mutex<VecDeque<Chunk>>,
    bell: Bell,
    /// JavaScript was woken and has not seen the mailbox empty since.
    awake: AtomicBool,
    /// Something changed that JavaScript must look at.
    news: AtomicBool,
    /// Things for which the process must stay alive.
    holds: AtomicIsize,
    /// Whether the bell keeps the process alive; changed on the JavaScript thread only.
    alive: AtomicBool,
    /// The epoch of the plans that JavaScript knows.
    epoch: AtomicU32,
    environment: OnceLock<std::sync::Weak<Environment>>,
    /// Nobody reads any more.
    closed: AtomicBool,
}

impl Mailbox {
    pub(super) fn new(bell: Bell) -> Arc<Self> {
        Arc::new(Self {
            chunks: Mutex::default(),
            bell,
            awake: AtomicBool::new(false),
            news: AtomicBool::new(false),
            holds: AtomicIsize::new(0),
            alive: AtomicBool::new(false),
            epoch: AtomicU32::new(1),
            environment: OnceLock::new(),
            closed: AtomicBool::new(false),
        })
    }

    /// Names the environment whose plans are announced here.
    pub(super) fn attach(&self, environment: &Arc<Environment>) {
        // Set once, when both are made.
        let _ = self.environment.set(Arc::downgrade(environment));
    }

    /// The next chunk, or `None` when there is nothing left; then the bell may ring again.
    pub(super) fn take(&self) -> Option<Chunk> {
        if let Some(chunk) = self.lock().pop_front() {
            return Some(chunk);
        }
        self.awake.store(false, Ordering::SeqCst);
        // A delivery that found us awake did not ring: it must be seen here.
        let late = self.lock().pop_front();
        if late.is_some() {
            self.awake.store(true, Ordering::SeqCst);
        }
        late
    }

    /// Makes the bell keep the process alive exactly while something is held. On the JavaScript
    /// thread.
    pub(super) fn balance(&self, env: sys::napi_env) {
        let wanted = self.holds.load(Ordering::SeqCst) > 0 || !self.lock().is_empty();
        if self.alive.swap(wanted, Ordering::SeqCst) != wanted {
            self.bell.keep_alive(env, wanted);
        }
    }

    /// A cheap check whether [`Mailbox::balance`] has to wake the process up to staying alive. What
    /// was asked for may have been answered, and its hold given back, before this runs: news or a
    /// bell that was rung keep the process until JavaScript has heard it.
    pub(super) fn ensure_alive(&self, env: sys::napi_env) {
        if !self.alive.load(Ordering::Relaxed)
            && (self.holds.load(Ordering::SeqCst) > 0
                || self.news.load(Ordering::SeqCst)
                || self.awake.load(Ordering::SeqCst))
        {
            self.balance(env);
        }
    }

    /// JavaScript goes away.
    pub(super) fn close(&self) {
        self.bell.silence();
        self.closed.store(true, Ordering::SeqCst);
        self.lock().clear();
    }

    fn lock(&self) -> MutexGuard<'_, VecDeque<Chunk>> {
        self.chunks.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Tells JavaScript of a plan that it does not know in this epoch.
    fn announce(&self, chunks: &mut VecDeque<Chunk>, plan: &Plan) {
        let cache = self.environment.get().and_then(std::sync::Weak::upgrade);
        let epoch = cache
            .as_ref()
            .map_or(1, |environment| PlanCache::epoch(&environment.plans));
        if self.epoch.swap(epoch, Ordering::AcqRel) != epoch {
            append(chunks, || Chunk::for_text(""), Chunk::push_forget);
        }
        if plan.announce(epoch) {
            let kinds: Vec<u8> = plan.kinds.iter().map(|kind| *kind as u8).collect();
            let text = json!({ "fields": plan.columns, "kinds": kinds }).to_string();
            append(
                chunks,
                || Chunk::for_text(&text),
                |chunk| chunk.push_plan(plan.id, &text),
            );
        }
    }
}

/// Appends to the last chunk, or to a new one if the record does not belong there.
fn append(
    chunks: &mut VecDeque<Chunk>,
    new: impl FnOnce() -> Chunk,
    push: impl Fn(&mut Chunk) -> bool,
) {
    if chunks.back_mut().is_some_and(&push) {
        return;
    }
    let mut chunk = new();
    push(&mut chunk);
    chunks.push_back(chunk);
}

fn append_event(chunks: &mut VecDeque<Chunk>, event: &Event) {
    append(
        chunks,
        || Chunk::for_text(&event.detail),
        |chunk| chunk.push_event(event),
    );
}

impl Outlet for Mailbox {
    fn deliver(&self, delivery: Delivery<'_>) {
        let mut chunks = self.lock();
        if self.closed.load(Ordering::SeqCst) {
            return;
        }
        match delivery {
            Delivery::Rows {
                ticket,
                session,
                plan,
                batch,
                credit,
            } => {
                self.announce(&mut chunks, plan);
                append(
                    &mut chunks,
                    || Chunk::for_batch(batch),
                    |chunk| chunk.push_rows(ticket, session, plan, batch),
                );
                if let (Some(credit), Some(chunk)) = (credit, chunks.back_mut()) {
                    chunk.credits.push(credit);
                }
            }
            Delivery::Command { ticket, tag } => {
                let tag = String::from_utf8_lossy(tag);
                append(
                    &mut chunks,
                    || Chunk::for_text(&tag),
                    |chunk| chunk.push_command(ticket, &tag),
                );
            }
            Delivery::Empty { ticket } => {
                append(
                    &mut chunks,
                    || Chunk::for_text(""),
                    |chunk| chunk.push_empty(ticket),
                );
            }
            Delivery::Failed { ticket, error } => {
                let error = error_json(error);
                append(
                    &mut chunks,
                    || Chunk::for_text(&error),
                    |chunk| chunk.push_failed(ticket, &error),
                );
            }
            Delivery::Ready { ticket, status } => {
                append(
                    &mut chunks,
                    || Chunk::for_text(""),
                    |chunk| chunk.push_ready(ticket, status),
                );
            }
            Delivery::Event(event) => append_event(&mut chunks, &event),
            Delivery::Message(event, credit) => {
                append_event(&mut chunks, &event);
                if let Some(chunk) = chunks.back_mut() {
                    chunk.credits.push(credit);
                }
            }
            Delivery::Credit(credit) => match chunks.back_mut() {
                Some(chunk) => chunk.credits.push(credit),
                None => {
                    // All of it is taken.
                    drop(chunks);
                    return credit.settle();
                }
            },
        }
        drop(chunks);
        self.news.store(true, Ordering::SeqCst);
    }

    fn signal(&self) {
        if self.news.swap(false, Ordering::SeqCst) && !self.awake.swap(true, Ordering::SeqCst) {
            self.bell.ring();
        }
    }

    fn hold(&self, change: isize) {
        let before = self.holds.fetch_add(change, Ordering::SeqCst);
        if (before > 0) != (before + change > 0) {
            self.news.store(true, Ordering::SeqCst);
        }
    }
}
