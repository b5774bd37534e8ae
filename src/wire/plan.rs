//! A plan: the columns of a result and the kind of each, known to JavaScript by a number.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, PoisonError, Weak};

use crate::error::Result;

use super::{Column, Kind, parse_row_description};

/// How the rows of one shape are packed. JavaScript keeps its own half under the same number.
#[derive(Debug)]
pub struct Plan {
    /// The number that stands for the plan at the boundary.
    pub id: u32,
    /// The body of the RowDescription, to recognise the shape by.
    pub description: Box<[u8]>,
    /// The columns, parsed.
    pub columns: Vec<Column>,
    /// One kind per column.
    pub kinds: Box<[Kind]>,
    /// Whether any column travels as JSON.
    pub has_json: bool,
    /// The cache's epoch in which JavaScript was told of the plan; 0 means never.
    announced: AtomicU32,
}

impl Plan {
    /// True once per epoch: the caller then announces the plan to JavaScript.
    pub fn announce(&self, epoch: u32) -> bool {
        self.announced.swap(epoch, Ordering::AcqRel) != epoch
    }
}

type Key = (Box<[u8]>, Box<[Kind]>);

#[derive(Debug, Default)]
struct Plans {
    by_shape: HashMap<Key, Arc<Plan>>,
    /// Also those that only a statement or a result under way still holds.
    by_id: HashMap<u32, Weak<Plan>>,
}

/// The plans of one Node environment, bounded: when full, it starts over with a new epoch.
#[derive(Debug)]
pub struct PlanCache {
    plans: Mutex<Plans>,
    next_id: AtomicU32,
    epoch: AtomicU32,
    capacity: usize,
}

impl Default for PlanCache {
    fn default() -> Self {
        Self {
            plans: Mutex::default(),
            next_id: AtomicU32::new(1),
            epoch: AtomicU32::new(1),
            capacity: 4096,
        }
    }
}

impl PlanCache {
    /// The current epoch. JavaScript forgets all plans when it changes.
    pub fn epoch(&self) -> u32 {
        self.epoch.load(Ordering::Acquire)
    }

    /// The plan for a RowDescription under the assumption that every parser is the default, or, with
    /// `custom` types, that none is.
    ///
    /// # Errors
    /// The description is malformed.
    pub fn assume(&self, description: &[u8], custom: bool) -> Result<Arc<Plan>> {
        let columns = parse_row_description(description)?;
        let kinds = columns.iter().map(|column| match column.format {
            0 if custom => Kind::Text,
            0 => Kind::of_type(column.data_type_id),
            _ => Kind::Bytes,
        });
        let kinds = kinds.collect();
        Ok(self.intern(description.into(), columns, kinds))
    }

    /// The plan for the same columns with other kinds.
    pub fn with_kinds(&self, plan: &Plan, kinds: Box<[Kind]>) -> Arc<Plan> {
        self.intern(plan.description.clone(), plan.columns.clone(), kinds)
    }

    /// The plan with this number, while it is cached or anybody uses it.
    pub fn find(&self, id: u32) -> Option<Arc<Plan>> {
        let plans = self.plans.lock().unwrap_or_else(PoisonError::into_inner);
        plans.by_id.get(&id).and_then(Weak::upgrade)
    }

    fn intern(
        &self,
        description: Box<[u8]>,
        columns: Vec<Column>,
        kinds: Box<[Kind]>,
    ) -> Arc<Plan> {
        let mut plans = self.plans.lock().unwrap_or_else(PoisonError::into_inner);
        let key = (description, kinds);
        if let Some(plan) = plans.by_shape.get(&key) {
            return Arc::clone(plan);
        }
        if plans.by_shape.len() >= self.capacity {
            plans.by_shape.clear();
            plans.by_id.retain(|_, plan| plan.strong_count() > 0);
            self.epoch.fetch_add(1, Ordering::AcqRel);
        }
        let plan = Arc::new(Plan {
            id: self.next_id.fetch_add(1, Ordering::Relaxed),
            description: key.0.clone(),
            columns,
            has_json: key.1.iter().any(|kind| kind.is_json()),
            kinds: key.1.clone(),
            announced: AtomicU32::new(0),
        });
        plans.by_id.insert(plan.id, Arc::downgrade(&plan));
        plans.by_shape.insert(key, Arc::clone(&plan));
        plan
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may panic")]
    use super::*;

    /// One text column whose name is the number.
    fn description(number: u32) -> Vec<u8> {
        let mut body = b"\0\x01".to_vec();
        body.extend_from_slice(number.to_string().as_bytes());
        body.extend_from_slice(b"\0\0\0\0\0\0\0\0\0\0\x19\xff\xff\xff\xff\xff\xff\0\0");
        body
    }

    #[test]
    fn a_plan_in_use_is_found_after_the_cache_has_started_over() {
        let cache = PlanCache {
            capacity: 2,
            ..PlanCache::default()
        };
        let used = cache.assume(&description(0), false).unwrap();
        let unused = cache.assume(&description(1), false).unwrap().id;
        cache.assume(&description(2), false).unwrap();
        assert_eq!(cache.epoch(), 2);
        assert_eq!(cache.find(used.id).map(|plan| plan.id), Some(used.id));
        assert!(cache.find(unused).is_none());
    }
}
