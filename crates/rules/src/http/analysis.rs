//! What the endpoints show of a table's analysis.

use dmn::{Analysis, Decision as Table, Limits, NearMiss};
use serde::Serialize;
use utoipa::ToSchema;

/// How far an analysis goes while somebody waits.
const LIMITS: Limits = Limits { listed: 50, effort: 50_000 };

/// What was found in a table whatever it is asked. Rows are numbers from 1.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = DecisionAnalysis)]
pub(super) struct AnalysisView {
    /// Whether the table is compiled and proven equal to the meaning of its text. Where it is not, nothing else is found.
    compiled: bool,
    /// Why it is not compiled: it then answers a thousand times slower.
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<String>,
    /// Inputs that no row fits: the first 50.
    gaps: Vec<GapView>,
    /// How many such boxes there are.
    gap_count: u64,
    /// Pairs of rows that fit the same inputs: the first 50.
    overlaps: Vec<OverlapView>,
    /// How many such pairs there are.
    overlap_count: u64,
    /// Rows that never count.
    unreachable: Vec<UnreachableView>,
    /// Rows with the same tests as an earlier one.
    duplicates: Vec<DuplicateView>,
    /// Rows with cells that were not looked into: they are taken to cover nothing.
    open_rows: Vec<u32>,
    /// Whether everything was found and is listed.
    complete: bool,
}

/// Inputs that no row fits.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = DecisionGap)]
struct GapView {
    /// The cells of a row that would fill it, one per column.
    cells: Vec<String>,
    /// Inputs that lie in it.
    #[schema(value_type = Object)]
    example: serde_json::Value,
}

/// Two rows that fit the same inputs.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = DecisionOverlap)]
struct OverlapView {
    /// The first row.
    row: u32,
    /// The second row.
    with: u32,
    /// Whether the hit policy forbids it: asked such inputs, the decision says nothing.
    contradicts: bool,
}

/// A row that never counts.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = DecisionUnreachable)]
struct UnreachableView {
    /// Which.
    row: u32,
    /// The rows that hide it; none where nothing fits it at all.
    hidden_by: Vec<u32>,
}

/// A row with the same tests as an earlier one.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = DecisionDuplicate)]
struct DuplicateView {
    /// Which.
    row: u32,
    /// The earlier one.
    of: u32,
    /// Whether it also says the same.
    says_the_same: bool,
}

/// A row that would fit but for one column.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = DecisionNearMiss)]
pub(super) struct NearMissView {
    /// Which.
    row: u32,
    /// What the column tests.
    tested: String,
}

impl AnalysisView {
    pub(super) fn of(table: &Table) -> AnalysisView {
        let (found, reason) = match table.table() {
            Ok(table) => (Some(table.analysis(LIMITS)), None),
            Err(reason) => (None, Some(reason.to_string())),
        };
        let found = found.unwrap_or_else(Analysis::none);
        AnalysisView {
            compiled: reason.is_none(),
            reason,
            gaps: found.gaps.into_iter().map(|gap| GapView { cells: gap.cells, example: gap.example }).collect(),
            gap_count: found.gap_count,
            overlaps: found
                .overlaps
                .into_iter()
                .map(|it| OverlapView { row: it.rows.0, with: it.rows.1, contradicts: it.contradicts })
                .collect(),
            overlap_count: found.overlap_count,
            unreachable: found
                .unreachable
                .into_iter()
                .map(|it| UnreachableView { row: it.row, hidden_by: it.hidden_by })
                .collect(),
            duplicates: found
                .duplicates
                .into_iter()
                .map(|it| DuplicateView { row: it.row, of: it.of, says_the_same: it.says_the_same })
                .collect(),
            open_rows: found.open_rows,
            complete: found.is_complete,
        }
    }
}

impl From<NearMiss> for NearMissView {
    fn from(near: NearMiss) -> NearMissView {
        NearMissView { row: near.row, tested: near.tested }
    }
}
