//! The web client's files, as the build script found them in `web/dist`; none when it was not built.

use gateway::files::File;

/// All of them.
pub(crate) const FILES: &[File] = include!(concat!(env!("OUT_DIR"), "/web.rs"));
