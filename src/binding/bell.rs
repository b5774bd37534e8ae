//! Waking a JavaScript thread from anywhere.

use std::ffi::c_void;
use std::ptr;
use std::sync::{Mutex, PoisonError};

use napi::{Status, sys};

/// One threadsafe function that calls `wake()` in JavaScript. It is silent once the environment is
/// being torn down, and keeps the process alive only while told so.
#[derive(Debug)]
pub(super) struct Bell {
    function: Mutex<Option<Function>>,
}

#[derive(Debug)]
struct Function(sys::napi_threadsafe_function);

// SAFETY: N-API allows napi_call_threadsafe_function from any thread; the other calls are made on
// the JavaScript thread only, by `balance`.
unsafe impl Send for Function {}

impl Bell {
    /// A bell that rings by calling `wake` without arguments.
    pub(super) fn new(env: sys::napi_env, wake: sys::napi_value) -> napi::Result<Self> {
        let name = c"oxpg";
        let mut resource_name = ptr::null_mut();
        let mut function = ptr::null_mut();
        // SAFETY: env and wake are alive during this call; the name is a valid C string.
        unsafe {
            check(sys::napi_create_string_utf8(
                env,
                name.as_ptr(),
                isize::try_from(name.count_bytes()).unwrap_or_default(),
                &raw mut resource_name,
            ))?;
            check(sys::napi_create_threadsafe_function(
                env,
                wake,
                ptr::null_mut(),
                resource_name,
                0,
                1,
                ptr::null_mut(),
                None,
                ptr::null_mut(),
                Some(call),
                &raw mut function,
            ))?;
            check(sys::napi_unref_threadsafe_function(env, function))?;
        }
        Ok(Self {
            function: Mutex::new(Some(Function(function))),
        })
    }

    /// Wakes the JavaScript thread.
    pub(super) fn ring(&self) {
        let function = self.function.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(Function(function)) = &*function {
            // SAFETY: `silence` takes the function out, under this lock, before it is finalised.
            unsafe {
                // A full or closing queue means that JavaScript is awake or gone.
                let _ = sys::napi_call_threadsafe_function(
                    *function,
                    ptr::null_mut(),
                    sys::ThreadsafeFunctionCallMode::nonblocking,
                );
            }
        }
    }

    /// Lets the bell keep the process alive, or not. On the JavaScript thread.
    pub(super) fn keep_alive(&self, env: sys::napi_env, alive: bool) {
        let function = self.function.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(Function(function)) = &*function {
            // SAFETY: on the JavaScript thread, and the function is not finalised (see `ring`).
            unsafe {
                let _ = if alive {
                    sys::napi_ref_threadsafe_function(env, *function)
                } else {
                    sys::napi_unref_threadsafe_function(env, *function)
                };
            }
        }
    }

    /// The environment goes away: never ring again.
    pub(super) fn silence(&self) {
        let function = self
            .function
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take();
        if let Some(Function(function)) = function {
            // SAFETY: taken out under the lock, so this is its last use.
            unsafe {
                let _ = sys::napi_release_threadsafe_function(
                    function,
                    sys::ThreadsafeFunctionReleaseMode::abort,
                );
            }
        }
    }
}

/// Runs on the JavaScript thread, with a handle scope open.
unsafe extern "C" fn call(
    env: sys::napi_env,
    wake: sys::napi_value,
    _context: *mut c_void,
    _data: *mut c_void,
) {
    if env.is_null() || wake.is_null() {
        return;
    }
    // SAFETY: env and wake come from N-API for this call.
    unsafe {
        let mut this = ptr::null_mut();
        if sys::napi_get_undefined(env, &raw mut this) != sys::Status::napi_ok {
            return;
        }
        let mut result = ptr::null_mut();
        let status = sys::napi_call_function(env, this, wake, 0, ptr::null(), &raw mut result);
        if status == sys::Status::napi_pending_exception {
            let mut exception = ptr::null_mut();
            if sys::napi_get_and_clear_last_exception(env, &raw mut exception)
                == sys::Status::napi_ok
            {
                let _ = sys::napi_fatal_exception(env, exception);
            }
        }
    }
}

/// Turns a status into a result.
pub(super) fn check(status: sys::napi_status) -> napi::Result<()> {
    match Status::from(status) {
        Status::Ok => Ok(()),
        status => Err(napi::Error::from_status(status)),
    }
}
