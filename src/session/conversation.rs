//! What the backend's messages mean for the queries under way.

use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::PoisonError;
use std::sync::atomic::Ordering;

use crate::error::{Error, Result};
use crate::wire::{Batch, Frame, Plan, Statement, pack_row};
use bytes::BytesMut;
use postgres_protocol::message::frontend;

use super::error_response;
use super::handle::Session;
use super::limits::Meter;
use super::outlet::{Credit, Delivery, EventKind};
use super::request::{Flight, Request};

/// Below this weight a batch is not worth the accounting of back-pressure.
const LIGHT: usize = 4096;

/// The backend's side of a session after startup.
#[derive(Debug)]
pub(super) struct Conversation {
    pub(super) session: Arc<Session>,
    pub(super) flights: VecDeque<Flight>,
    /// The result that rows belong to.
    pub(super) plan: Option<Arc<Plan>>,
    pub(super) batch: Batch,
    /// JavaScript has not heard of the current result yet.
    pub(super) fresh: bool,
    /// JavaScript found the plan's kinds right for this result.
    confirmed: bool,
    /// The front query got an ErrorResponse; what comes before ReadyForQuery is not for it.
    pub(super) failed: bool,
    /// Keeps the front query's rows within its limits, if it has any.
    pub(super) meter: Option<Meter>,
    /// The front query's result was too large; so many bytes of its rest were thrown away.
    pub(super) discarded: Option<usize>,
    /// Bytes of a COPY TO STDOUT that JavaScript has not been told of.
    pub(super) copied: Vec<u8>,
    /// The server waits for the bytes of a COPY FROM STDIN.
    pub(super) copying_in: bool,
    /// Why the COPY FROM STDIN that is about to begin shall fail.
    pub(super) copy_failure: Option<String>,
    /// Weight of what was delivered of the front query without an account of its own.
    pub(super) uncounted: usize,
    /// Something was delivered since the driver last looked.
    pub(super) has_news: bool,
    /// A ReadyForQuery that waits for CancelRequests to be over.
    pub(super) held: Option<u8>,
    /// What comes next is JavaScript's.
    pub(super) lent: bool,
}

impl Conversation {
    pub(super) fn new(session: Arc<Session>) -> Self {
        Self {
            session,
            flights: VecDeque::new(),
            plan: None,
            batch: Batch::default(),
            fresh: false,
            confirmed: false,
            failed: false,
            meter: None,
            discarded: None,
            copied: Vec::new(),
            copying_in: false,
            copy_failure: None,
            uncounted: 0,
            has_news: false,
            held: None,
            lent: false,
        }
    }

    /// Takes one message. Answers, where the protocol wants one, go to `out`.
    ///
    /// # Errors
    /// The server broke the protocol; the session must be closed.
    pub(super) fn receive(&mut self, frame: Frame<'_>, out: &mut BytesMut) -> Result<()> {
        self.has_news |= !matches!(frame.tag, b'D' | b'T' | b'1' | b'2');
        match frame.tag {
            b'D' => self.data_row(frame.body, out)?,
            b'T' => self.row_description(frame.body)?,
            b'C' => self.command_complete(frame.body, out),
            b'Z' => self.ready_for_query(frame.body),
            b'1' => self.parse_complete(),
            b'E' => self.error_response(frame, out),
            b'I' => self.empty_query(out),
            b's' => self.portal_suspended(out),
            b'G' => self.copy_in(out),
            b'd' => self.copy_out_data(frame.body),
            b'H' => self.copy_out(),
            b'N' => self.notice(frame),
            b'A' => self.notification(frame.body),
            b'S' => self.parameter_status(frame.body),
            // BindComplete, NoData, CloseComplete, ParameterDescription, the rest of COPY: nobody
            // waits for them (L-6).
            _ => {}
        }
        Ok(())
    }

    /// The held ReadyForQuery may be believed now.
    pub(super) fn release_held(&mut self) {
        if let Some(status) = self.held.take() {
            self.has_news = true;
            self.lent = self.session.lock_outbox().lending_is_due();
            self.finish(status);
        }
    }

    /// The session is lost: queries that hold a lease fail here; those of a Client fail in
    /// JavaScript, in pg's order (L-2, L-3).
    pub(super) fn lose(&mut self, queued: VecDeque<Flight>, error: &Error) {
        let outlet = Arc::clone(&self.session.environment.outlet);
        let mut already_failed = self.failed;
        for mut flight in std::mem::take(&mut self.flights).into_iter().chain(queued) {
            self.session
                .environment
                .in_flight
                .fetch_sub(1, Ordering::AcqRel);
            let has_failed = std::mem::take(&mut already_failed);
            let Some(lease) = flight.lease.take() else {
                continue;
            };
            lease.release(0);
            if flight.ticket != 0 {
                if !has_failed {
                    outlet.deliver(Delivery::Failed {
                        ticket: flight.ticket,
                        error,
                    });
                }
                outlet.deliver(Delivery::Ready {
                    ticket: flight.ticket,
                    status: 0,
                });
            }
        }
    }

    /// The query that messages belong to: gone after its ErrorResponse, as in pg.
    pub(super) fn active(&self) -> Option<&Flight> {
        if self.failed {
            None
        } else {
            self.flights.front()
        }
    }

    fn row_description(&mut self, body: &[u8]) -> Result<()> {
        let Some(flight) = self.active() else {
            self.stray("rowDescription");
            return Ok(());
        };
        let plans = &self.session.environment.plans;
        let plan = flight.statement.plan(body, flight.custom_types, plans)?;
        if self.meter.is_none() {
            let defaults = self.session.limits.get().copied();
            self.meter = Meter::new(flight.limits.or(defaults).unwrap_or_default());
        }
        self.plan = Some(plan);
        self.count(body.len());
        self.fresh = true;
        self.confirmed = false;
        // Tickets are used again, and a Client has one for all its queries: a verdict that came too
        // late for the last result must not be taken for this one's.
        self.session.settled.store(false, Ordering::Release);
        Ok(())
    }

    fn data_row(&mut self, body: &[u8], out: &mut BytesMut) -> Result<()> {
        let Some(ticket) = self.active().map(|flight| flight.ticket) else {
            self.discard(body.len());
            self.stray("dataRow");
            return Ok(());
        };
        let Some(plan) = &self.plan else {
            return Err(Error::Protocol {
                message: "received a data row without a row description".to_owned(),
            });
        };
        if let Some(Err(excess)) = self.meter.as_mut().map(|meter| meter.count(body)) {
            self.overflow(&excess, out);
            return Ok(());
        }
        let keep_raw = !self.confirmed || plan.has_json;
        pack_row(&mut self.batch, &plan.kinds, body, keep_raw)?;
        if self.batch.is_full() {
            self.deliver_rows(ticket);
        }
        Ok(())
    }

    fn command_complete(&mut self, body: &[u8], out: &mut BytesMut) {
        let Some(ticket) = self.active().map(|flight| flight.ticket) else {
            return self.stray("commandComplete");
        };
        self.end_result(ticket);
        self.count(body.len());
        let tag = body.split_last().map_or(body, |(_nul, tag)| tag);
        if ticket != 0 {
            let outlet = &self.session.environment.outlet;
            outlet.deliver(Delivery::Command { ticket, tag });
        }
        self.sync(out);
    }

    fn empty_query(&mut self, out: &mut BytesMut) {
        let Some(ticket) = self.active().map(|flight| flight.ticket) else {
            return self.stray("emptyQuery");
        };
        self.count(0);
        if ticket != 0 {
            let outlet = &self.session.environment.outlet;
            outlet.deliver(Delivery::Empty { ticket });
        }
        self.sync(out);
    }

    /// Pages are fetched without a Sync; this is the one that ends the query.
    pub(super) fn sync(&mut self, out: &mut BytesMut) {
        if let Some(flight) = self.flights.front_mut().filter(|flight| !flight.synced) {
            flight.synced = true;
            frontend::sync(out);
        }
    }

    fn parse_complete(&mut self) {
        if self.active().is_none() {
            return self.stray("parseComplete");
        }
        if let Some(flight) = self.flights.front_mut().filter(|flight| flight.parsing) {
            flight.parsing = false;
            self.session
                .lock_outbox()
                .named
                .parsed(&flight.statement.name);
        }
    }

    fn error_response(&mut self, frame: Frame<'_>, out: &mut BytesMut) {
        let error = Error::Server(error_response::parse(frame.body));
        let Some(flight) = self.active() else {
            if self.discarded.is_some() {
                // Cancelled, or the rest was broken: its failure is told already.
                return self.sync(out);
            }
            self.session.tell_owner_broken();
            return self.event(EventKind::SessionError, error_json(&error));
        };
        let ticket = flight.ticket;
        if flight.parsing {
            self.session
                .lock_outbox()
                .named
                .failed(&flight.statement.name);
        }
        // The backend discards everything until a Sync comes.
        self.sync(out);
        // Rows that came before the error were handed out by pg as well.
        self.end_result(ticket);
        self.failed = true;
        if ticket != 0 {
            self.session.environment.outlet.deliver(Delivery::Failed {
                ticket,
                error: &error,
            });
        }
    }

    fn ready_for_query(&mut self, body: &[u8]) {
        let status = body.first().copied().unwrap_or(b'I');
        let is_cancelled = {
            let mut outbox = self.session.lock_outbox();
            // One that nobody asked for must not pass for the answer of what comes next.
            outbox.answered += u64::from(!self.flights.is_empty());
            let is_cancelled = self.session.cancels.load(Ordering::Acquire) > 0;
            self.lent = outbox.lending_is_due() && !is_cancelled;
            is_cancelled
        };
        if is_cancelled {
            self.held = Some(status);
            self.session.answer_bell.notify_one();
        } else {
            self.finish(status);
        }
    }

    fn finish(&mut self, status: u8) {
        self.session.status.store(status, Ordering::Release);
        self.plan = None;
        self.failed = false;
        self.meter = None;
        self.discarded = None;
        self.uncounted = 0;
        self.copied.clear();
        self.copying_in = false;
        self.copy_failure = None;
        // Rows that no CommandComplete followed are nobody's: not the next query's either.
        self.batch.clear();
        self.fresh = false;
        let Some(mut flight) = self.flights.pop_front() else {
            return;
        };
        self.session.in_flight.fetch_sub(1, Ordering::AcqRel);
        self.session
            .environment
            .in_flight
            .fetch_sub(1, Ordering::AcqRel);
        if let Some(lease) = flight.lease.take().and_then(|lease| lease.release(status)) {
            self.roll_back(lease);
        }
        if flight.ticket != 0 {
            let ready = Delivery::Ready {
                ticket: flight.ticket,
                status,
            };
            self.session.environment.outlet.deliver(ready);
        }
    }

    /// A pooled session was left inside a transaction: nobody gets it before the ROLLBACK is done.
    fn roll_back(&self, lease: Box<dyn super::Lease>) {
        let statement = Arc::new(Statement::new("ROLLBACK", ""));
        let request = Request::internal(&statement);
        match self.session.submit(&request, Some(lease)) {
            Ok(()) => self.session.wake(),
            Err((_, lease)) => {
                if let Some(lease) = lease {
                    lease.release(0);
                }
            }
        }
    }

    /// Delivers what is left of a result, and its fields if it had no row at all.
    fn end_result(&mut self, ticket: u32) {
        self.deliver_page(ticket);
        self.deliver_copy_data();
        self.plan = None;
    }

    /// Delivers the rows that came, and the fields if they were not told yet.
    pub(super) fn deliver_page(&mut self, ticket: u32) {
        if self.fresh || self.batch.rows > 0 {
            self.deliver_rows(ticket);
        }
    }

    fn deliver_rows(&mut self, ticket: u32) {
        if let Some(plan) = self.plan.as_ref().filter(|_| ticket != 0) {
            let weight = self.batch.weight();
            let credit = (weight >= LIGHT).then(|| {
                self.session.delivered(weight);
                Credit {
                    bytes: weight,
                    session: Arc::clone(&self.session),
                }
            });
            self.session.environment.outlet.deliver(Delivery::Rows {
                ticket,
                session: self.session.id,
                plan,
                batch: &self.batch,
                credit,
            });
        }
        // A long result is worth a wake-up of its own: JavaScript builds rows while more arrive.
        if self.batch.weight() >= LIGHT {
            self.session.environment.outlet.signal();
        }
        self.batch.clear();
        self.fresh = false;
        if self.session.settled.swap(false, Ordering::AcqRel) {
            self.apply_settlement(ticket);
        }
    }

    fn apply_settlement(&mut self, ticket: u32) {
        let settlement = {
            let mut slot = self
                .session
                .settlement
                .lock()
                .unwrap_or_else(PoisonError::into_inner);
            slot.take()
        };
        // A multi-statement query may have gone on to another shape meanwhile.
        let current = self.plan.as_mut();
        let judged = settlement.zip(current).filter(|(settlement, current)| {
            settlement.ticket == ticket && settlement.judged == current.id
        });
        if let Some((settlement, current)) = judged {
            if let Some(better) = settlement.plan {
                *current = better;
            }
            self.confirmed = true;
        }
    }
}

/// The error as JavaScript reads it.
pub fn error_json(error: &Error) -> String {
    // An enum of plain strings and numbers always serialises.
    serde_json::to_string(error).unwrap_or_default()
}
