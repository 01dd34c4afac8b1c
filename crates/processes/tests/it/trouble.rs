//! Services that refuse, fail, or are never heard of again.

use std::time::Duration;

use contracts::orders::OrderId;
use kit::auth::Actor;
use kit::runtime::Runtime;
use serde_json::{Value, json};

use crate::house::{House, SITE, person};

#[tokio::test]
async fn a_refused_step_refuses_the_completion_and_nothing_changes() {
    let house = House::new();
    let order = house.secured(1, 20_000).await;
    let before = house.waits_in(order, &["confirm"]).await;
    let task = house.task(order).await;
    for status in [409, 503] {
        house.answers.refuse("confirm", status, 1);
        assert_eq!(house.complete(&task, "confirmed").await.status, status);
        assert_eq!(house.place(&order.to_string()).await, before);
    }
    assert_eq!(house.complete(&task, "confirmed").await.status, 200);
    house.closes().await;
}

#[tokio::test]
async fn what_fails_for_a_while_is_tried_again() {
    let house = House::new();
    house.answers.refuse("picks", 503, 2);
    let order = house.secured(1, 1_000).await;
    house.waits_in(order, &["picked"]).await;
    assert_eq!((house.answers.times("confirm"), house.answers.times("picks")), (1, 3));
    assert_eq!(house.get("/api/processes/incidents?state=all").await.body["incidents"], json!([]));
    house.closes().await;
}

#[tokio::test]
async fn what_fails_too_often_is_an_incident_that_a_person_resolves() {
    let house = House::new();
    for (number, how) in ["retry", "skip", "end"].into_iter().enumerate() {
        house.answers.refuse("picks", if how == "skip" { 409 } else { 503 }, 3);
        let order = house.secured(number as u128 + 1, 1_000).await;
        let place = house.until(order, |place| place["incidents"][0].is_object()).await;
        let incident = &place["incidents"][0];
        assert_eq!((&incident["element"], &incident["state"]), (&json!("picks"), &json!("open")));
        assert_eq!(place["waiting"], json!(["picks"]));
        house.is_sound().await;

        assert_eq!(
            (&incident["process_name"], &incident["element_name"]),
            (&json!("Online order"), &json!("Start picking"))
        );
        let path = format!("/api/processes/incidents/{}/resolve", incident["id"].as_str().unwrap());
        house.answers.refuse("picks", 409, 1);
        if how == "retry" {
            let still = house.post(&path, &json!({ "how": how })).await;
            assert_eq!((still.status, still.problem()), (409, "orders/wrong-state"), "{still:?}");
        }
        house.answers.refuse("picks", 409, 0);
        let resolved = house.post(&path, &json!({ "how": how })).await;
        let waiting = if how == "end" { json!([]) } else { json!(["picked"]) };
        assert_eq!((resolved.status, &resolved.body["waiting"]), (200, &waiting), "{how}: {resolved:?}");
        let again = house.post(&path, &json!({ "how": how })).await;
        assert_eq!((again.status, again.problem()), (409, "processes/incident-resolved"));
        assert_eq!(house.place(&order.to_string()).await["incidents"][0]["resolution"], how);
    }
    house.closes().await;
}

#[tokio::test]
async fn a_crash_between_call_and_write_repeats_the_call_and_loses_nothing() {
    let house = House::new();
    *house.answers.hang.lock().unwrap() = Some("picks".to_owned());
    let order = house.secured(1, 1_000).await;
    for _ in 0..2_000 {
        if house.answers.times("picks") > 0 {
            break;
        }
        Runtime::real().sleep(Duration::from_millis(5)).await;
    }
    let nothing = house.place(&order.to_string()).await;
    assert_eq!(nothing["status"], 404, "nothing is written between the calls: {nothing}");
    let house = house.crash_and_restart();
    // The job's lease is not waited for.
    let me = house.app().itself();
    let hastened = house.app().write(&me, |tx| {
        let id: Option<String> =
            tx.one("select instance from processes_inbox order by instance limit 1", &[], |row| row.get(0))?;
        Ok(tx.hasten("go_on", &id.expect("the message is kept"), tx.now())?)
    });
    assert!(hastened.await.unwrap());
    let place = house.waits_in(order, &["picked"]).await;
    assert_eq!(place["history"].as_array().map(Vec::len), Some(1));
    assert_eq!((house.answers.times("confirm"), house.answers.times("picks")), (2, 2));
    house.closes().await;
}

#[tokio::test]
async fn one_that_can_never_begin_keeps_no_other_from_beginning() {
    let house = House::new();
    let bad = OrderId::from_u128(1);
    *house.answers.unheard_of.lock().unwrap() = Some(bad);
    house.secured(1, 1_000).await;
    for failures in 1..=2 {
        house.asked_in_vain(failures).await;
        if failures == 1 {
            house.begin_all_now().await;
        }
    }
    // Another is heard of while the job pauses for half a minute: it is not begun anew, but tried a third time, each alone.
    let good = house.secured(2, 1_000).await;
    Runtime::real().sleep(Duration::from_millis(700)).await;
    house.begin_all_now().await;
    house.waits_in(good, &["picked"]).await;
    assert_eq!(house.place(&bad.to_string()).await["status"], 404);
    *house.answers.unheard_of.lock().unwrap() = None;
    house.closes().await;
}

#[tokio::test]
async fn procedures_of_sites_that_one_may_not_see_are_hidden() {
    let house = House::new();
    let far = contracts::shared::SiteId::from_u128(8);
    let order = house.secured(1, 1_000).await;
    let first = house.waits_in(order, &["picked"]).await;
    // The order goes elsewhere: what begins about it now is of that site.
    *house.answers.served_by.lock().unwrap() = Some(far);
    let (reason, at) = ("capture-refused".to_owned(), kit::time::Timestamp::from_micros(1));
    house.tell(&contracts::orders::ReleaseFailed { order, reason, at }).await;
    let second = house.waits_in(order, &["pay"]).await;
    let of = |place: &Value| place["id"].as_str().unwrap().to_owned();
    let ids = |list: &Value| list.as_array().unwrap().iter().map(of).collect::<Vec<String>>();
    assert_eq!((&second["site"], ids(&second["about"])), (&json!(far), vec![of(&first), of(&second)]));

    let place = format!("/api/processes/place/{order}");
    let show = |id: &Value| format!("/api/processes/instances/{}", of(id));
    let sites = [(SITE, &first, &second, "picked"), (far, &second, &first, "pay")];
    for (site, own, other, waiting) in sites {
        let here = person("processes.read", Some(site));
        for path in [&place, &show(own)] {
            let seen = house.inner.get(&here, path).await;
            assert_eq!((seen.status, of(&seen.body)), (200, of(own)), "{path}");
            assert_eq!((&seen.body["waiting"], ids(&seen.body["about"])), (&json!([waiting]), vec![of(own)]), "{path}");
        }
        assert_eq!(house.inner.get(&here, &show(other)).await.status, 403);
        for (list, key) in [("instances", "id"), ("tasks", "instance")] {
            let path = format!("/api/processes/{list}?site={site}");
            let listed = house.inner.get(&here, &path).await.body[list].clone();
            let whose = listed.as_array().unwrap().iter().map(|row| row[key].as_str().unwrap().to_owned());
            let expected = if list == "tasks" && site == SITE { vec![] } else { vec![of(own)] };
            assert_eq!(whose.collect::<Vec<_>>(), expected, "{path}");
            assert_eq!(house.inner.get(&here, &format!("/api/processes/{list}")).await.status, 403);
        }
    }
    let nowhere = person("processes.read", Some(contracts::shared::SiteId::from_u128(9)));
    assert_eq!(house.inner.get(&nowhere, &place).await.status, 403);
    house.closes().await;
}

#[tokio::test]
async fn incidents_are_listed_by_their_site() {
    let house = House::new();
    let far = contracts::shared::SiteId::from_u128(8);
    house.answers.refuse("picks", 409, 2);
    for (number, site) in [(1, SITE), (2, far)] {
        *house.answers.served_by.lock().unwrap() = Some(site);
        let order = house.secured(number, 1_000).await;
        house.until(order, |place| place["incidents"][0].is_object()).await;
    }
    let sites = async |actor: &Actor, path: &str| {
        let page = house.inner.get(actor, path).await;
        let listed = page.body["incidents"].as_array().cloned().unwrap_or_default();
        (page.status, listed.iter().map(|incident| incident["site"].clone()).collect::<Vec<_>>())
    };
    let everywhere = person("processes.read", None);
    assert_eq!(sites(&everywhere, "/api/processes/incidents").await, (200, vec![json!(far), json!(SITE)]));
    for site in [SITE, far] {
        let path = format!("/api/processes/incidents?site={site}");
        for whose in [&everywhere, &person("processes.read", Some(site))] {
            assert_eq!(sites(whose, &path).await, (200, vec![json!(site)]));
        }
        let elsewhere = person("processes.read", Some(if site == far { SITE } else { far }));
        assert_eq!(sites(&elsewhere, &path).await, (403, vec![]));
        assert_eq!(sites(&elsewhere, "/api/processes/incidents").await, (403, vec![]));
    }
    house.closes().await;
}

#[tokio::test]
async fn strangers_are_refused_and_people_keep_to_their_site() {
    let house = House::new();
    let order = house.secured(1, 20_000).await;
    house.waits_in(order, &["confirm"]).await;
    let task = house.task(order).await;
    let complete = json!({ "task": task["id"], "outcome": "confirmed" });
    let deploy = json!({ "xml": "<x/>" });
    let there = person("processes.*", Some(contracts::shared::SiteId::from_u128(8)));
    let guest = kit::auth::Actor::guest("r".to_owned());
    let place = format!("/api/processes/place/{order}");
    let gets = ["/api/processes/tasks", "/api/processes/instances", "/api/processes/incidents", &place];
    for path in gets {
        assert_eq!(house.inner.get(&guest, path).await.status, 401, "{path}");
        assert_eq!(house.inner.get(&there, path).await.status, 403, "{path}");
    }
    assert_eq!(house.inner.get(&guest, "/api/processes/definitions").await.status, 401);
    assert_eq!(house.inner.get(&guest, "/api/processes/definitions/online-order").await.status, 401);
    assert_eq!(house.inner.post(&there, "/api/processes/tasks/complete", &complete).await.status, 403);
    assert_eq!(house.inner.post_keyed(&there, "/api/processes/definitions", "k", &deploy).await.status, 403);
    assert_eq!(house.inner.post(&guest, "/api/processes/tasks/complete", &complete).await.status, 401);
    let instance = task["instance"].as_str().unwrap();
    let cancel = format!("/api/processes/instances/{instance}/cancel");
    assert_eq!(house.inner.post(&there, &cancel, &Value::Null).await.status, 403);

    let here = person("processes.task", Some(SITE));
    let list = house.inner.get(&here, &format!("/api/processes/tasks?site={SITE}&group=contact-center")).await;
    assert_eq!(list.body["tasks"][0]["id"], task["id"]);
    assert_eq!(house.inner.post(&here, "/api/processes/tasks/complete", &complete).await.status, 200);
    let cancelled = house.post(&cancel, &Value::Null).await;
    assert_eq!(cancelled.body["ended"], true);
    let twice = house.post(&cancel, &Value::Null).await;
    assert_eq!((twice.status, twice.problem()), (409, "processes/ended"));
    house.closes().await;
}
