//! Bytes to messages and rows to batches. No I/O happens here.

mod array;
mod batch;
mod description;
mod frame;
mod frame_tracker;
mod frontend;
mod kind;
mod packer;
mod plan;
mod statement;
mod temporal;

pub use batch::{Batch, Text};
pub use description::{Column, parse_row_description};
pub use frame::{Frame, split_frame};
pub use frame_tracker::{FrameEnd, FrameTracker};
pub use frontend::{
    Parameters, write_bind_execute, write_close_portal, write_copy_fail, write_execute,
    write_parse, write_query,
};
pub use kind::Kind;
pub use packer::{pack_row, repack};
pub use plan::{Plan, PlanCache};
pub use statement::Statement;
