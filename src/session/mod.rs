//! One connection: dialling, TLS, authentication, the task that owns the socket, query flows.
