//! A journal that an earlier release may have written becomes the same tables as then.

use kit::testing::samples;

/// The first call's customer is known, the second one's is forgotten.
const KEYS: &[(&str, [u8; 32])] = &[("call_00000000000000000000000001", [1; 32])];

#[tokio::test]
async fn the_sample_journal_becomes_the_sample_tables() {
    samples::replay(contact::service(), concat!(env!("CARGO_MANIFEST_DIR"), "/samples"), KEYS).await;
}
