//! Business days around changes of the clocks, and the round trips of text.

use proptest::prelude::*;

use super::*;

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn on(text: &str) -> BusinessDate {
    text.parse().unwrap()
}

fn site(zone: &str, day_start: u16) -> SiteTime {
    SiteTime { zone: zone.parse().unwrap(), day_start }
}

#[test]
fn an_instant_reads_and_writes_as_rfc_3339() {
    assert_eq!(at("1970-01-01T00:00:00Z"), Timestamp::EPOCH);
    assert_eq!(at("2026-03-29T12:30:00.000001+03:00").to_string(), "2026-03-29T09:30:00.000001Z");
    assert_eq!(at(&Timestamp::MAX.to_string()), Timestamp::MAX);
    assert_eq!(at(&Timestamp::MIN.to_string()), Timestamp::MIN);
    for wrong in ["", "2026-03-29", "2026-03-29T12:30:00", "2026-02-30T00:00:00Z", "1767225600"] {
        assert!(wrong.parse::<Timestamp>().is_err(), "{wrong}");
    }
}

#[test]
fn arithmetic_stops_at_the_ends_of_time() {
    assert_eq!(Timestamp::MAX + Duration::MAX, Timestamp::MAX);
    assert_eq!(Timestamp::MIN - Duration::MAX, Timestamp::MIN);
    assert_eq!(Timestamp::EPOCH.since(Timestamp::MAX), Duration::ZERO);
    assert_eq!(at("2026-01-01T00:01:00Z").since(at("2026-01-01T00:00:00Z")), Duration::from_secs(60));
}

#[test]
fn a_date_is_written_in_one_way_only() {
    assert_eq!(on("2026-03-29").to_days(), 20_541);
    for wrong in ["20260329", "2026-3-29", "2026-03-29T10:00", "2026-02-29", "29.03.2026"] {
        assert!(wrong.parse::<BusinessDate>().is_err(), "{wrong}");
    }
    assert_eq!(BusinessDate::from_days(i64::MAX).date(), civil::Date::MAX);
    assert_eq!(BusinessDate::from_days(i64::MIN).date(), civil::Date::MIN);
}

#[test]
fn a_zone_is_known_by_its_iana_name() {
    assert_eq!("europe/kyiv".parse::<Zone>().unwrap().name(), "Europe/Kyiv");
    assert_eq!("UTC".parse::<Zone>().unwrap(), Zone::UTC);
    for wrong in ["", "Kyiv", "Europe/Nowhere", "+02:00", "Etc/Unknown", "../passwd"] {
        assert_eq!(wrong.parse::<Zone>(), Err(TimeError::Zone(wrong.to_owned())));
    }
}

#[test]
fn sales_after_midnight_belong_to_the_day_that_began_before() {
    let bar = site("Europe/Kyiv", 5 * 60);
    assert_eq!(bar.business_date(at("2026-07-01T01:59:59Z")), on("2026-06-30"));
    assert_eq!(bar.business_date(at("2026-07-01T02:00:00Z")), on("2026-07-01"));
}

#[test]
fn a_skipped_cut_off_is_later_and_a_doubled_one_is_the_first() {
    // Kyiv: 2026-03-29 03:00 becomes 04:00, 2026-10-25 04:00 becomes 03:00.
    let kyiv = site("Europe/Kyiv", 0);
    assert_eq!(kyiv.instant(on("2026-03-29"), 3 * 60 + 30), at("2026-03-29T01:30:00Z"));
    assert_eq!(kyiv.instant(on("2026-10-25"), 3 * 60 + 30), at("2026-10-25T00:30:00Z"));
    assert_eq!(kyiv.instant(on("2026-10-24"), 27 * 60 + 30), at("2026-10-25T00:30:00Z"));
}

#[test]
fn the_date_does_not_turn_back_when_the_clocks_do() {
    let kyiv = site("Europe/Kyiv", 3 * 60 + 30);
    assert_eq!(kyiv.business_date(at("2026-10-25T00:29:59Z")), on("2026-10-24"));
    assert_eq!(kyiv.business_date(at("2026-10-25T00:45:00Z")), on("2026-10-25")); // 03:45, the first
    assert_eq!(kyiv.business_date(at("2026-10-25T01:15:00Z")), on("2026-10-25")); // 03:15, the second
}

/// Zones that move at midnight, by half an hour, the other way round, or not at all.
fn any_site() -> impl Strategy<Value = SiteTime> {
    let zones = prop::sample::select(vec![
        "UTC",
        "Europe/Kyiv",
        "America/New_York",
        "America/Santiago",
        "America/Havana",
        "Africa/Cairo",
        "Australia/Lord_Howe",
        "Pacific/Chatham",
        "Asia/Kathmandu",
        "Atlantic/Azores",
    ]);
    (zones, 0..MINUTES_PER_DAY).prop_map(|(zone, start)| site(zone, start))
}

proptest! {
    #[test]
    fn text_comes_back_as_the_same_instant(micros in any::<i64>()) {
        let instant = Timestamp::from_micros(micros);
        prop_assert_eq!(at(&instant.to_string()), instant);
        let json = serde_json::to_string(&instant).unwrap();
        prop_assert_eq!(serde_json::from_str::<Timestamp>(&json).unwrap(), instant);
    }

    #[test]
    fn text_comes_back_as_the_same_date(days in -4_371_587_i64..=2_932_896) {
        let date = BusinessDate::from_days(days);
        prop_assert_eq!(date.to_days(), days);
        prop_assert_eq!(on(&date.to_string()), date);
        prop_assert!(date.plus_days(-1) <= date);
    }

    /// Every instant lies in exactly one business day, also around a change of the clocks.
    #[test]
    fn business_days_are_a_partition_of_time(site in any_site(), secs in 1_000_000_000_i64..2_000_000_000) {
        let instant = Timestamp::from_micros(secs * 1_000_000);
        let date = site.business_date(instant);
        prop_assert!(site.start_of(date) <= instant);
        prop_assert!(instant < site.start_of(date.plus_days(1)));
    }

    /// A civil time that exists comes back; one that was skipped comes back later by the jump.
    #[test]
    fn a_cut_off_shows_on_the_wall(site in any_site(), days in 12_000_i64..22_000, minutes in 0..MINUTES_PER_DAY) {
        let date = BusinessDate::from_days(days);
        let wall = site.zone.civil(site.instant(date, minutes));
        let shown = wall.time().hour() as i64 * 60 + wall.time().minute() as i64
            + (BusinessDate(wall.date()).to_days() - days) * 1440;
        let jump = shown - i64::from(minutes);
        prop_assert!((0..=60).contains(&jump), "{wall} for minute {minutes} of {date}");
    }
}
