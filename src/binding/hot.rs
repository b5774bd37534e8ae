//! The calls that every query makes, straight on N-API: no argument objects, no promises.

use std::ffi::{CStr, c_void};
use std::ptr;
use std::sync::{Arc, Mutex, PoisonError};

use napi::sys;

use crate::session::{Flow, Limits, Refusal, Request};
use crate::wire::{Kind, Parameters, Text, repack};

use super::bell::check;
use super::chunk::Chunk;
use super::environment::Shared;
use super::pinned::Pinned;

/// What the hot calls work on. It lives as long as the environment.
pub(super) struct Hot {
    pub(super) shared: Arc<Shared>,
    pub(super) ints: Pinned<i32>,
    pub(super) nums: Pinned<f64>,
    pub(super) repacked_ints: Pinned<i32>,
    pub(super) repacked_nums: Pinned<f64>,
    pub(super) parameters: Pinned<u8>,
    /// The chunk that JavaScript is reading: its rows can be asked for in another form.
    pub(super) current: Mutex<Option<Chunk>>,
}

/// Bits of `submit`'s flags, known to `lib/native.js`'s callers.
mod flag {
    pub(super) const POOL: u32 = 1;
    pub(super) const EXTENDED: u32 = 2;
    pub(super) const CUSTOM_TYPES: u32 = 4;
    pub(super) const BINARY_RESULTS: u32 = 8;
    pub(super) const FORMATS: u32 = 16;
    pub(super) const CURSOR: u32 = 32;
    pub(super) const COPY_IN: u32 = 64;
    pub(super) const COPY_OUT: u32 = 128;
    pub(super) const LIMITS: u32 = 256;
}

/// Makes an object with the methods `submit`, `flush`, `drain` and `repack`.
pub(super) fn methods(env: sys::napi_env, hot: Hot) -> napi::Result<sys::napi_value> {
    // Never freed: JavaScript may hold the functions until the environment ends.
    let data: *mut c_void = Box::into_raw(Box::new(hot)).cast();
    let mut object = ptr::null_mut();
    // SAFETY: env is alive; every function gets `data`, which is never freed.
    unsafe {
        check(sys::napi_create_object(env, &raw mut object))?;
        method(env, object, c"submit", submit, data)?;
        method(env, object, c"flush", flush, data)?;
        method(env, object, c"drain", drain, data)?;
        method(env, object, c"repack", repack_rows, data)?;
    }
    Ok(object)
}

type Callback = unsafe extern "C" fn(sys::napi_env, sys::napi_callback_info) -> sys::napi_value;

unsafe fn method(
    env: sys::napi_env,
    object: sys::napi_value,
    name: &CStr,
    callback: Callback,
    data: *mut c_void,
) -> napi::Result<()> {
    let mut function = ptr::null_mut();
    let length = isize::try_from(name.count_bytes()).unwrap_or_default();
    // SAFETY: the caller vouches for env, object and data; the name is a valid C string.
    unsafe {
        check(sys::napi_create_function(
            env,
            name.as_ptr(),
            length,
            Some(callback),
            data,
            &raw mut function,
        ))?;
        check(sys::napi_set_named_property(
            env,
            object,
            name.as_ptr(),
            function,
        ))
    }
}

/// The arguments of a call, and what it works on.
struct Call<'a, const N: usize> {
    hot: &'a Hot,
    arguments: [sys::napi_value; N],
    given: usize,
}

impl<const N: usize> Call<'_, N> {
    unsafe fn read(env: sys::napi_env, info: sys::napi_callback_info) -> Self {
        let mut given = N;
        let mut arguments = [ptr::null_mut(); N];
        let mut data = ptr::null_mut();
        // SAFETY: N-API gives env and info for this call; `data` is the Hot of `methods`, never freed.
        let hot = unsafe {
            sys::napi_get_cb_info(
                env,
                info,
                &raw mut given,
                arguments.as_mut_ptr(),
                ptr::null_mut(),
                &raw mut data,
            );
            &*data.cast::<Hot>()
        };
        Self {
            hot,
            arguments,
            given,
        }
    }

    unsafe fn number(&self, env: sys::napi_env, index: usize) -> u32 {
        let mut value = 0;
        if index < self.given.min(N) {
            // SAFETY: the argument is alive; what is no number leaves 0.
            unsafe { sys::napi_get_value_uint32(env, self.arguments[index], &raw mut value) };
        }
        value
    }

    /// A count of bytes, which may need more than 32 bits.
    unsafe fn size(&self, env: sys::napi_env, index: usize) -> u64 {
        let mut value = 0;
        if index < self.given.min(N) {
            // SAFETY: the argument is alive; what is no number leaves 0.
            unsafe { sys::napi_get_value_int64(env, self.arguments[index], &raw mut value) };
        }
        u64::try_from(value).unwrap_or(0)
    }

    /// The bytes of a Buffer or Uint8Array argument, if there is one.
    unsafe fn bytes(&self, env: sys::napi_env, index: usize) -> Option<&[u8]> {
        if index >= self.given.min(N) {
            return None;
        }
        let mut length = 0;
        let mut start = ptr::null_mut();
        // SAFETY: the argument is alive during the call and JavaScript does not run meanwhile.
        unsafe {
            let status = sys::napi_get_typedarray_info(
                env,
                self.arguments[index],
                ptr::null_mut(),
                &raw mut length,
                &raw mut start,
                ptr::null_mut(),
                ptr::null_mut(),
            );
            if status != sys::Status::napi_ok {
                return None;
            }
            if length == 0 {
                return Some(&[]);
            }
            Some(std::slice::from_raw_parts(start.cast::<u8>(), length))
        }
    }

    /// A string argument; empty if there is none.
    unsafe fn text(&self, env: sys::napi_env, index: usize) -> String {
        if index >= self.given.min(N) {
            return String::new();
        }
        let value = self.arguments[index];
        let mut length = 0;
        // SAFETY: the argument is alive; the second call writes at most the buffer's length.
        unsafe {
            if sys::napi_get_value_string_utf8(env, value, ptr::null_mut(), 0, &raw mut length)
                != sys::Status::napi_ok
            {
                return String::new();
            }
            let mut buffer = vec![0u8; length + 1];
            sys::napi_get_value_string_utf8(
                env,
                value,
                buffer.as_mut_ptr().cast(),
                buffer.len(),
                &raw mut length,
            );
            buffer.truncate(length);
            String::from_utf8_lossy(&buffer).into_owned()
        }
    }
}

/// `submit(target, ticket, statement, flags, count, valuesLength, rows?, buffer?, portal?, maxResultBytes?,
/// maxFieldBytes?)`: 0 if sent.
///
/// The values are at the start of the shared parameter array, or of `buffer`; with FORMATS, one
/// format byte per value stands behind them.
unsafe extern "C" fn submit(env: sys::napi_env, info: sys::napi_callback_info) -> sys::napi_value {
    // SAFETY: N-API calls this on the JavaScript thread with its own env and info; borrowed memory
    // is not kept beyond the call.
    unsafe {
        let call = Call::<11>::read(env, info);
        let [target, ticket, statement, flags, count, length] =
            [0, 1, 2, 3, 4, 5].map(|index| call.number(env, index));
        let length = length as usize;
        let with_formats = flags & flag::FORMATS != 0;
        let needed = if with_formats {
            length + count as usize
        } else {
            length
        };
        let bytes = match call.bytes(env, 7) {
            Some(bytes) => bytes,
            None => call.hot.parameters.head(needed),
        };
        let rows = call.number(env, 6).cast_signed();
        let portal = if call.given > 8 {
            call.text(env, 8)
        } else {
            String::new()
        };
        let code = match (call.hot.shared.statement(statement), bytes.get(..length)) {
            (Some(statement), Some(values)) => {
                let formats = if with_formats {
                    &bytes[length..needed.min(bytes.len())]
                } else {
                    &[]
                };
                let request = Request {
                    ticket,
                    statement: &statement,
                    extended: flags & flag::EXTENDED != 0,
                    parameters: Parameters {
                        count: u16::try_from(count).unwrap_or(u16::MAX),
                        formats,
                        values,
                    },
                    binary: flags & flag::BINARY_RESULTS != 0,
                    custom_types: flags & flag::CUSTOM_TYPES != 0,
                    rows,
                    portal: &portal,
                    flow: flow_of(flags),
                    limits: (flags & flag::LIMITS != 0).then(|| Limits {
                        result: call.size(env, 9),
                        field: call.size(env, 10),
                    }),
                };
                send(&call.hot.shared, target, flags & flag::POOL != 0, &request)
            }
            _ => code_of(Refusal::Unsendable),
        };
        call.hot.shared.mailbox.ensure_alive(env);
        integer(env, code)
    }
}

const fn flow_of(flags: u32) -> Flow {
    match flags & (flag::CURSOR | flag::COPY_IN | flag::COPY_OUT) {
        flag::CURSOR => Flow::Cursor,
        flag::COPY_IN => Flow::CopyIn,
        flag::COPY_OUT => Flow::CopyOut,
        _ => Flow::Whole,
    }
}

fn send(shared: &Shared, target: u32, pooled: bool, request: &Request<'_>) -> u32 {
    if pooled {
        return match shared.pool(target) {
            Some(pool) => {
                pool.query(request);
                0
            }
            None => code_of(Refusal::Closed),
        };
    }
    let Some(session) = shared.environment.session(target) else {
        return code_of(Refusal::Closed);
    };
    match session.submit(request, None) {
        Ok(()) => {
            shared.environment.enqueue(session);
            0
        }
        Err((refusal, _)) => code_of(refusal),
    }
}

/// Known to `lib/query.js`.
const fn code_of(refusal: Refusal) -> u32 {
    match refusal {
        Refusal::Closed => 1,
        Refusal::NameTaken => 2,
        Refusal::Unsendable => 3,
    }
}

/// `flush()`: wakes the I/O thread for everything submitted since the last time.
unsafe extern "C" fn flush(env: sys::napi_env, info: sys::napi_callback_info) -> sys::napi_value {
    // SAFETY: N-API calls this on the JavaScript thread with its own env and info.
    unsafe { Call::<0>::read(env, info) }
        .hot
        .shared
        .environment
        .flush();
    ptr::null_mut()
}

/// `drain()`: copies the next chunk into the shared arrays and returns its text; undefined at the end.
unsafe extern "C" fn drain(env: sys::napi_env, info: sys::napi_callback_info) -> sys::napi_value {
    // SAFETY: N-API calls this on the JavaScript thread with its own env and info.
    unsafe {
        let hot = Call::<0>::read(env, info).hot;
        let mut current = hot.current.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(mut chunk) = hot.shared.mailbox.take() else {
            *current = None;
            hot.shared.mailbox.balance(env);
            return ptr::null_mut();
        };
        chunk.ints[0] = i32::try_from(chunk.ints.len()).unwrap_or(i32::MAX);
        hot.ints.fill(&chunk.ints);
        hot.nums.fill(&chunk.nums);
        for credit in chunk.credits.drain(..) {
            credit.settle();
        }
        let text = string(env, &chunk.text);
        *current = Some(chunk);
        text
    }
}

/// `repack(start, length, kinds)`: the rows of the current chunk again, in other kinds. Returns the
/// text; `repackedInts[0]` is the length of its JSON part, the values follow.
unsafe extern "C" fn repack_rows(
    env: sys::napi_env,
    info: sys::napi_callback_info,
) -> sys::napi_value {
    // SAFETY: N-API calls this on the JavaScript thread with its own env and info.
    unsafe {
        let call = Call::<3>::read(env, info);
        let (start, length) = (call.number(env, 0) as usize, call.number(env, 1) as usize);
        let kinds: Vec<Kind> = call
            .bytes(env, 2)
            .unwrap_or_default()
            .iter()
            .map(|kind| Kind::from_number(*kind))
            .collect();
        let current = call
            .hot
            .current
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        let raw = current
            .as_ref()
            .and_then(|chunk| chunk.raw.get(start..start + length));
        let Some(Ok(batch)) = raw.map(|raw| repack(raw, &kinds)) else {
            return ptr::null_mut();
        };
        let mut text = batch.text_of_own_width();
        let Some((_, json)) = batch.append_text(&mut text) else {
            return ptr::null_mut();
        };
        let mut ints = Vec::with_capacity(batch.ints.len() + 1);
        ints.push(json.cast_signed());
        ints.extend_from_slice(&batch.ints);
        if !call.hot.repacked_ints.fill(&ints) || !call.hot.repacked_nums.fill(&batch.nums) {
            return ptr::null_mut();
        }
        string(env, &text)
    }
}

/// A flat JavaScript string; null, if it is longer than V8 allows.
unsafe fn string(env: sys::napi_env, text: &Text) -> sys::napi_value {
    let mut value = ptr::null_mut();
    // SAFETY: pointer and length describe initialised memory that N-API copies.
    let status = unsafe {
        match text {
            Text::Latin1(text) => sys::napi_create_string_latin1(
                env,
                text.as_ptr().cast(),
                isize::try_from(text.len()).unwrap_or(isize::MAX),
                &raw mut value,
            ),
            Text::Utf16(text) => sys::napi_create_string_utf16(
                env,
                text.as_ptr(),
                isize::try_from(text.len()).unwrap_or(isize::MAX),
                &raw mut value,
            ),
        }
    };
    if status == sys::Status::napi_ok {
        return value;
    }
    // SAFETY: env is alive; null tells `lib/mailbox.js` that there is a chunk without its text.
    unsafe {
        let mut exception = ptr::null_mut();
        let _ = sys::napi_get_and_clear_last_exception(env, &raw mut exception);
        let _ = sys::napi_get_null(env, &raw mut value);
    }
    value
}

unsafe fn integer(env: sys::napi_env, number: u32) -> sys::napi_value {
    let mut value = ptr::null_mut();
    // SAFETY: env is alive; on failure the value stays null, which means undefined.
    unsafe { sys::napi_create_uint32(env, number, &raw mut value) };
    value
}
