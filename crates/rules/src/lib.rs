//! ACLs, conditions and actions: grammar and effect.
