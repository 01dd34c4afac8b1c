//! Events of an earlier release are read by the present one.

use kit::journal::{self, Event, Published, Recorded};
use kit::problem::Fault;
use kit::store::{Origin, Tx};
use serde::{Deserialize, Serialize};

use crate::store::{Counted, add, house, sum};

/// The counter's events after a release that counts in hundredths.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
enum Hundredths {
    Added { hundredths: i64, sum: i64 },
}

impl Event for Hundredths {
    fn kind(&self) -> &'static str {
        "added"
    }

    fn apply(&self, recorded: &Recorded<Self>, tx: &mut Tx<'_>) -> Result<(), Fault> {
        let Hundredths::Added { sum, .. } = self;
        tx.put(
            "insert into counter_counts (id, version, sum) values ($1, $2, $3)
             on conflict (id) do update set version = excluded.version, sum = excluded.sum",
            &[(&recorded.entity).into(), recorded.version.into(), (*sum).into()],
        )
    }

    fn publish(_: &Recorded<Self>) -> Option<Published> {
        None
    }

    fn upcast(kind: &str, body: &str) -> Result<Self, Fault> {
        if let Ok(event) = serde_json::from_str(body) {
            return Ok(event);
        }
        let Counted::Added { by, sum } = Counted::upcast(kind, body)?;
        Ok(Hundredths::Added { hundredths: by * 100, sum: sum * 100 })
    }
}

#[tokio::test]
async fn what_an_earlier_release_recorded_is_read_in_its_present_form() {
    let (_house, store) = house();
    for by in [2, 3] {
        store.write(&Origin::default(), move |tx| add(tx, by)).await.unwrap();
    }
    let present = |tx: &mut Tx<'_>| tx.record("c", 2, Hundredths::Added { hundredths: 50, sum: 550 });
    store.write(&Origin::default(), move |tx| Ok(present(tx).map(drop)?)).await.unwrap();

    let rows = store.read(|reader| Ok(journal::after(reader, 0, 10)?)).await.unwrap();
    assert!(serde_json::from_str::<Hundredths>(&rows[0].body).is_err(), "the old form is none of the present ones");
    let events: Vec<Hundredths> = rows.into_iter().map(|row| row.event().unwrap().event).collect();
    let added = |hundredths, sum| Hundredths::Added { hundredths, sum };
    assert_eq!(events, [added(200, 200), added(300, 500), added(50, 550)]);

    // A rebuild writes the tables from all of them, old and new.
    let (_other, into) = house();
    assert_eq!(journal::rebuild::<Hundredths>(&store, &into).await.unwrap(), 3);
    assert_eq!(sum(&into).await, 550);
    // The earlier release does not know what the later one wrote, and says so.
    let unread = journal::rebuild::<Counted>(&store, &house().1).await;
    assert_eq!(unread.unwrap_err().status, 500);
}
