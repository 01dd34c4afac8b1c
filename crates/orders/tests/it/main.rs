//! Orders from outside, on the database that the environment chooses.

mod samples;
