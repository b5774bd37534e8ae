//! Typed arrays of JavaScript that Rust reads and writes in place.

use std::ptr;

use napi::sys;

use super::bell::check;

/// The memory of a typed array that was handed over for the lifetime of the environment.
#[derive(Debug)]
pub(super) struct Pinned<T> {
    start: *mut T,
    length: usize,
}

impl<T> Pinned<T> {
    /// Pins the array: a reference that is never given back keeps it alive as long as the
    /// environment, and `lib/mailbox.js`, its only owner, never detaches it.
    pub(super) fn new(env: sys::napi_env, array: sys::napi_value) -> napi::Result<Self> {
        let mut length = 0;
        let mut start = ptr::null_mut();
        let mut reference = ptr::null_mut();
        // SAFETY: env and array are alive during this call; N-API fails if array is no typed array.
        unsafe {
            check(sys::napi_get_typedarray_info(
                env,
                array,
                ptr::null_mut(),
                &raw mut length,
                &raw mut start,
                ptr::null_mut(),
                ptr::null_mut(),
            ))?;
            check(sys::napi_create_reference(
                env,
                array,
                1,
                &raw mut reference,
            ))?;
        }
        Ok(Self {
            start: start.cast(),
            length,
        })
    }

    /// Copies `values` to the start of the array, as far as they fit. False: not all of them do.
    pub(super) fn fill(&self, values: &[T]) -> bool
    where
        T: Copy,
    {
        let count = values.len().min(self.length);
        // SAFETY: `count` elements fit both; Rust memory and the array never overlap; JavaScript is
        // not running, because this is called on its thread.
        unsafe { ptr::copy_nonoverlapping(values.as_ptr(), self.start, count) }
        count == values.len()
    }

    /// The first `count` elements, as far as there are so many.
    ///
    /// # Safety
    /// On the JavaScript thread, and dropped before JavaScript runs again.
    pub(super) unsafe fn head(&self, count: usize) -> &[T] {
        // SAFETY: within the array; see the caller's duties.
        unsafe { std::slice::from_raw_parts(self.start, count.min(self.length)) }
    }
}
