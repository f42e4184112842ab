//! Rules that evenkeel itself does not obey yet: what they would do to a request's way.

/// What is left of such a rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Unread {
    /// A service answers; its name is the next word.
    Answers,
    /// Code from elsewhere may do anything.
    Anything,
    /// It changes no way.
    Nothing,
    /// It sets the variable in its parentheses.
    SetsVar,
    /// It sets variables.
    SetsVars,
}

/// Names of actions, or their beginnings.
const ACTIONS: &[(&str, Unread)] = &[
    ("do-resolve", Unread::SetsVar),
    ("lua.", Unread::Anything),
    ("ot-group", Unread::SetsVars),
    ("send-spoe-group", Unread::SetsVars),
    ("set-var", Unread::SetsVar),
    ("unset-var", Unread::SetsVar),
    ("use-service", Unread::Answers),
];

pub(super) fn find(action: &[u8]) -> Unread {
    let named = ACTIONS.iter().find(|(name, _)| action.starts_with(name.as_bytes()));
    named.map_or(Unread::Nothing, |(_, unread)| *unread)
}
