//! How a service asks a named decision: evaluated here, from tables cached by version.
