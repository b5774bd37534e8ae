//! What becomes of a result that passed its limits: its rest is thrown away as it comes.

use bytes::BytesMut;

use super::conversation::Conversation;
use super::flow::Flow;
use super::handle::Outbox;
use super::limits::Excess;
use super::outlet::Delivery;

/// A rest that is longer than this is not worth waiting for: the query is cancelled.
const PATIENCE: usize = 1 << 20;

/// So many bytes stand for "asked to cancel".
const CANCELLED: usize = usize::MAX;

const HEADER: usize = 5;

impl Conversation {
    /// The query fails here and now; what still comes before ReadyForQuery is for nobody.
    pub(super) fn overflow(&mut self, excess: &Excess, out: &mut BytesMut) {
        let columns = self.plan.as_ref().map(|plan| plan.columns.as_slice());
        let error = excess.to_error(columns.unwrap_or_default());
        let ticket = self.flights.front().map_or(0, |flight| flight.ticket);
        self.batch.clear();
        self.fresh = false;
        self.failed = true;
        self.has_news = true;
        self.discarded = Some(0);
        // Pages end here.
        self.sync(out);
        if ticket != 0 {
            let outlet = &self.session.environment.outlet;
            outlet.deliver(Delivery::Failed {
                ticket,
                error: &error,
            });
        }
    }

    /// Counts what is thrown away, and loses patience once.
    pub(super) fn discard(&mut self, bytes: usize) {
        let Some(discarded) = self.discarded.filter(|it| *it < CANCELLED) else {
            return;
        };
        let discarded = discarded.saturating_add(bytes).min(CANCELLED - 1);
        self.discarded = Some(discarded);
        // Not with anybody's query behind the front one on the wire (pipeline mode): the request could
        // hit that. Queries of our own, which tell nobody, may be.
        let is_last = |outbox: &Outbox| {
            let mut behind = self.flights.iter().skip(1).chain(&outbox.flights);
            behind.all(|flight| flight.ticket == 0) && !outbox.lending.is_on()
        };
        if discarded > PATIENCE && self.session.cancel_if(is_last) {
            self.discarded = Some(CANCELLED);
        }
    }

    /// Whether the rest of a frame shall be handed to [`Conversation::swallow`] as it comes, because
    /// nobody wants it whole. `part` is what has come of it.
    pub(super) fn swallows(&mut self, part: &[u8], total: usize, out: &mut BytesMut) -> bool {
        let Some((tag, body)) = part.first().zip(part.get(HEADER..)) else {
            return false;
        };
        match tag {
            b'D' if self.discarded.is_some() => {}
            b'D' => {
                let excess = match &self.meter {
                    Some(meter) => meter.check(body, total - HEADER),
                    None => return false,
                };
                let Err(excess) = excess else {
                    return false;
                };
                if self.active().is_none() {
                    return false;
                }
                self.overflow(&excess, out);
            }
            b'd' if self.active().is_some_and(|it| it.flow == Flow::CopyOut) => {}
            _ => return false,
        }
        self.swallow(body);
        true
    }

    /// Takes a part of such a frame.
    pub(super) fn swallow(&mut self, part: &[u8]) {
        if self.discarded.is_some() {
            self.discard(part.len());
        } else if self.active().is_some() {
            self.copy_out_data(part);
        }
    }
}
