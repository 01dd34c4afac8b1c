//! A journal that an earlier release may have written becomes the same tables as then.

use kit::testing::samples;

#[tokio::test]
async fn the_sample_journal_becomes_the_sample_tables() {
    samples::replay(gateway::service(), concat!(env!("CARGO_MANIFEST_DIR"), "/samples"), &[]).await;
}
