//! Which node a new session connects to.
//!
//! Today a cluster is one fixed node; the interface is the one that balancing will fill: choosing
//! takes the lease, connecting happens outside, and the lease's `Drop` keeps the counts right.

mod lease;
mod node;

use std::sync::Arc;

pub use lease::NodeLease;
pub use node::Node;

/// The nodes that a pool may connect to.
#[derive(Debug)]
pub struct Cluster {
    node: Arc<Node>,
}

impl Cluster {
    /// A cluster of one node that never changes.
    pub fn fixed(host: &str, port: u16) -> Self {
        Self {
            node: Arc::new(Node::new(host, port)),
        }
    }

    /// Chooses the node for one new session and counts it there until the lease is dropped.
    pub fn pick(&self) -> NodeLease {
        NodeLease::take(&self.node)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lease_counts_on_its_node_until_it_is_dropped() {
        let cluster = Cluster::fixed("localhost", 5432);
        let lease = cluster.pick();
        assert_eq!(
            (lease.node().host.as_str(), lease.node().port),
            ("localhost", 5432)
        );
        assert_eq!(cluster.node.open(), 1);
        drop(lease);
        assert_eq!(cluster.node.open(), 0);
    }
}
