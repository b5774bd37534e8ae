//! A session's place on a node.

use std::sync::Arc;

use super::Node;

/// Counts a session on its node for as long as it lives, also if connecting fails or is given up.
#[derive(Debug)]
pub struct NodeLease {
    node: Arc<Node>,
}

impl NodeLease {
    pub(super) fn take(node: &Arc<Node>) -> Self {
        node.count();
        Self {
            node: Arc::clone(node),
        }
    }

    /// The node.
    pub fn node(&self) -> &Node {
        &self.node
    }
}

impl Drop for NodeLease {
    fn drop(&mut self) {
        self.node.discount();
    }
}
