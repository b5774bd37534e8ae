//! A statement's text, which crosses the boundary once and then goes by number.

use std::sync::{Arc, Mutex, PoisonError};

use crate::error::Result;

use super::{Plan, PlanCache};

/// The text and name of a statement, and the plans its results had last.
#[derive(Debug)]
pub struct Statement {
    /// The SQL text, without a NUL.
    pub text: Box<str>,
    /// The name of a named prepared statement; empty for the unnamed one.
    pub name: Box<str>,
    plans: [Mutex<Option<Arc<Plan>>>; 2],
}

impl Statement {
    /// A statement nobody has executed yet.
    pub fn new(text: &str, name: &str) -> Self {
        Self {
            text: text.into(),
            name: name.into(),
            plans: Default::default(),
        }
    }

    /// The plan for a result with this description. The usual case compares bytes and copies an Arc.
    ///
    /// # Errors
    /// The description is malformed.
    pub fn plan(&self, description: &[u8], custom: bool, cache: &PlanCache) -> Result<Arc<Plan>> {
        let mut slot = self
            .slot(custom)
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        if let Some(plan) = slot
            .as_ref()
            .filter(|plan| *plan.description == *description)
        {
            return Ok(Arc::clone(plan));
        }
        let plan = cache.assume(description, custom)?;
        *slot = Some(Arc::clone(&plan));
        Ok(plan)
    }

    /// The plan with this number, if a result of this statement had it last. It outlives the cache.
    pub fn find(&self, id: u32) -> Option<Arc<Plan>> {
        self.plans.iter().find_map(|slot| {
            let slot = slot.lock().unwrap_or_else(PoisonError::into_inner);
            slot.as_ref().filter(|plan| plan.id == id).map(Arc::clone)
        })
    }

    /// Remembers the kinds that JavaScript found right, for the next execution.
    pub fn remember(&self, plan: Arc<Plan>, custom: bool) {
        *self
            .slot(custom)
            .lock()
            .unwrap_or_else(PoisonError::into_inner) = Some(plan);
    }

    fn slot(&self, custom: bool) -> &Mutex<Option<Arc<Plan>>> {
        &self.plans[usize::from(custom)]
    }
}
