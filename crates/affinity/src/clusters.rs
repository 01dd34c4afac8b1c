//! Products and stores that belong together.
