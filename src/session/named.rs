//! Which named statements a session's backend knows (PS-1 to PS-4).

use std::collections::HashMap;

use crate::wire::Statement;

/// What must be sent to execute a statement.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Need {
    /// Parse, then the rest.
    Parse,
    /// The backend knows the name already.
    Nothing,
    /// The name stands for another text.
    Conflict,
}

#[derive(Debug)]
struct Known {
    text: Box<str>,
    /// Which ParseComplete made it known, counting from 1; 0 while the Parse is under way.
    parsed: u64,
}

/// The names, as node-postgres keeps them in `parsedStatements` and `submittedNamedStatements`.
#[derive(Debug, Default)]
pub(super) struct NamedStatements {
    known: HashMap<Box<str>, Known>,
    count: u64,
}

impl NamedStatements {
    /// Decides what executing `statement` takes, and notes the Parse that the caller will send.
    pub(super) fn prepare(&mut self, statement: &Statement) -> Need {
        if statement.name.is_empty() {
            return Need::Parse;
        }
        match self.known.get(&statement.name) {
            // A name without a text executes what it stands for (PS-3).
            Some(known) if statement.text.is_empty() || known.text == statement.text => {
                Need::Nothing
            }
            // An empty text can be replaced by any, as in pg, where '' is falsy.
            Some(known) if !known.text.is_empty() => Need::Conflict,
            Some(_) => Need::Nothing,
            None => {
                let known = Known {
                    text: statement.text.clone(),
                    parsed: 0,
                };
                self.known.insert(statement.name.clone(), known);
                Need::Parse
            }
        }
    }

    /// ParseComplete came.
    pub(super) fn parsed(&mut self, name: &str) {
        if let Some(known) = self.known.get_mut(name) {
            self.count += 1;
            known.parsed = self.count;
        }
    }

    /// JavaScript says that the backend knows the name by this text.
    pub(super) fn know(&mut self, name: &str, text: &str) {
        self.count += 1;
        let known = Known {
            text: text.into(),
            parsed: self.count,
        };
        self.known.insert(name.into(), known);
    }

    /// What has been parsed, oldest first.
    pub(super) fn parsed_statements(&self) -> Vec<(String, String)> {
        let mut parsed: Vec<_> = self
            .known
            .iter()
            .filter(|(_, known)| known.parsed != 0)
            .collect();
        parsed.sort_by_key(|(_, known)| known.parsed);
        parsed
            .into_iter()
            .map(|(name, known)| (name.to_string(), known.text.to_string()))
            .collect()
    }

    /// The backend does not know the name any more.
    pub(super) fn forget(&mut self, name: &str) {
        self.known.remove(name);
    }

    /// The Parse failed: the name is free again (PS-4).
    pub(super) fn failed(&mut self, name: &str) {
        if self.known.get(name).is_some_and(|known| known.parsed == 0) {
            self.known.remove(name);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_parsed_once_and_belongs_to_its_text() {
        let mut named = NamedStatements::default();
        let statement = Statement::new("select 1", "a");
        assert_eq!(named.prepare(&statement), Need::Parse);
        named.parsed("a");
        assert_eq!(named.prepare(&statement), Need::Nothing);
        assert_eq!(named.prepare(&Statement::new("", "a")), Need::Nothing);
        assert_eq!(
            named.prepare(&Statement::new("select 2", "a")),
            Need::Conflict
        );
    }

    #[test]
    fn a_failed_parse_frees_the_name_and_a_failed_bind_does_not() {
        let mut named = NamedStatements::default();
        let statement = Statement::new("nonsense", "a");
        assert_eq!(named.prepare(&statement), Need::Parse);
        named.failed("a");
        assert_eq!(named.prepare(&Statement::new("select 1", "a")), Need::Parse);
        named.parsed("a");
        named.failed("a");
        assert_eq!(
            named.prepare(&Statement::new("select 1", "a")),
            Need::Nothing
        );
    }

    #[test]
    fn the_unnamed_statement_is_parsed_every_time() {
        let mut named = NamedStatements::default();
        assert_eq!(named.prepare(&Statement::new("select 1", "")), Need::Parse);
        assert_eq!(named.prepare(&Statement::new("select 1", "")), Need::Parse);
    }
}
