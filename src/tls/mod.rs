//! rustls connectors from options.
