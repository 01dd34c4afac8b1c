//! Large things by reference: pictures, documents, imports. A blob is named by its content, so the same content is kept once
//! and a reference never shows anything else.

use std::fmt::Write;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use utoipa::ToSchema;

use crate::problem::{Fault, Problem};
use crate::store::{Reader, Tx};

/// The largest blob, in bytes.
pub const MAX_BLOB: usize = 8 * 1024 * 1024;

/// What events, tables and answers have instead of a blob's bytes.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
pub struct BlobRef {
    /// SHA-256 of the bytes, 64 hexadecimal digits in lower case.
    pub hash: String,
    /// How many bytes, 0 to 8 MiB.
    pub len: i64,
}

/// Bytes with their reference, ready to be kept. Made outside the lane, because the hash takes milliseconds.
#[derive(Debug, Clone)]
pub struct Blob {
    reference: BlobRef,
    bytes: Vec<u8>,
}

impl Blob {
    /// `bytes` as a blob.
    ///
    /// # Errors
    /// `kit/blob-too-large` beyond [`MAX_BLOB`].
    pub fn new(bytes: Vec<u8>) -> Result<Blob, Problem> {
        if bytes.len() > MAX_BLOB {
            return Err(Problem::new(413, "kit/blob-too-large", "The file is too large")
                .detail(format!("A file may have {MAX_BLOB} bytes, this one has {}.", bytes.len()))
                .with("limit", MAX_BLOB));
        }
        let len = i64::try_from(bytes.len()).unwrap_or(i64::MAX);
        Ok(Blob { reference: BlobRef { hash: hash(&bytes), len }, bytes })
    }

    /// Its reference.
    #[must_use]
    pub fn reference(&self) -> &BlobRef {
        &self.reference
    }
}

impl Tx<'_> {
    /// Keeps `blob` in this service's database; once is enough.
    ///
    /// # Errors
    /// A fault of the database.
    pub fn keep(&mut self, blob: &Blob) -> Result<(), Fault> {
        let sql = self.kit_sql().blob_put;
        self.put(sql, &[(&blob.reference.hash).into(), blob.bytes.as_slice().into()])
    }
}

impl Reader<'_> {
    /// The bytes of a blob; `None` when this service does not have it.
    ///
    /// # Errors
    /// A fault of the database, or when the bytes are not what was kept.
    pub fn blob(&mut self, reference: &BlobRef) -> Result<Option<Vec<u8>>, Fault> {
        let sql = self.kit_sql().blob_get;
        let bytes: Option<Vec<u8>> = self.one(sql, &[(&reference.hash).into()], |row| row.get(0))?;
        match bytes {
            Some(bytes) if hash(&bytes) != reference.hash => {
                Err(Fault::msg(format!("blob {} is damaged", reference.hash)))
            }
            bytes => Ok(bytes),
        }
    }
}

fn hash(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().fold(String::with_capacity(64), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}
