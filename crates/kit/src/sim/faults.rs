//! What goes wrong in a simulation, and how often.

/// Chances, in a thousand each time, that something goes wrong.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Faults {
    /// A request never arrives; its sender learns at the deadline that the outcome is unknown.
    pub lost_request: u64,
    /// A request has its effect, its answer never arrives.
    pub lost_reply: u64,
    /// A request arrives twice.
    pub doubled: u64,
    /// A request arrives late, perhaps after its sender has given up.
    pub late: u64,
    /// A sender goes away while its request is worked on, and the work stops where it waits.
    pub abandoned: u64,
    /// Events are heard late.
    pub events_late: u64,
    /// A reader gets a part of what there is.
    pub events_split: u64,
    /// Reading fails, and the reader begins again at its cursor.
    pub events_failed: u64,
}

impl Faults {
    /// A bad day: every kind of fault, each about once in thirty times.
    #[must_use]
    pub fn bad() -> Faults {
        Faults {
            lost_request: 30,
            lost_reply: 30,
            doubled: 30,
            late: 30,
            abandoned: 15,
            events_late: 60,
            events_split: 100,
            events_failed: 30,
        }
    }
}
