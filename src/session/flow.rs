//! Queries in whose course JavaScript has a say: pages of a cursor, the bytes of a COPY.

/// How the answers of a query come.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Flow {
    /// All of them, one after the other.
    #[default]
    Whole,
    /// A page of rows whenever JavaScript asks for one.
    Cursor,
    /// JavaScript takes the bytes of a COPY TO STDOUT.
    CopyOut,
    /// JavaScript gives the bytes of a COPY FROM STDIN.
    CopyIn,
}

/// What JavaScript wishes for the query under way. The task that owns the socket obeys, for it alone
/// knows whether the server has ended the query meanwhile: a Sync too many would end the next one.
#[derive(Debug, Default)]
pub(super) struct Wishes {
    /// How many queries had been submitted: they are not for one that follows.
    pub(super) until: u64,
    /// So many rows more; 0 means no such wish.
    pub(super) fetch: i32,
    /// No more rows.
    pub(super) close: bool,
    /// No more bytes, and this is why the COPY shall fail.
    pub(super) fail_copy: Option<String>,
}
