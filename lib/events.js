'use strict'

/** Kinds of events from the native side; `EventKind` in src/session/outlet.rs. */
module.exports = {
  CONNECTED: 1,
  CONNECT_FAILED: 2,
  NOTICE: 3,
  NOTIFICATION: 4,
  PARAMETER: 5,
  SESSION_ERROR: 6,
  STRAY: 7,
  CLOSED: 8,
  PASSWORD_WANTED: 9,
  OPENED: 10,
  LENT: 11,
  ROOM: 12,
  COPY_DATA: 13,
  SUSPENDED: 14,
  COPY_STARTED: 15,
  COPY_DRAINED: 16,
  BRIDGE: 17,
  CHECKED_OUT: 20,
  CHECKOUT_FAILED: 21,
  CREATE_CLIENT: 22,
  EVICTED: 23,
  POOL_ENDED: 24,
}
