//! All the SQL: what events do to the tables, and the questions asked of them.

use contracts::orders::{OrderContact, OrderId};
use contracts::shared::SiteId;
use kit::journal::Recorded;
use kit::money::{Currency, Money, Rate};
use kit::problem::Fault;
use kit::store::{Reader, Row, Tx, Value};
use kit::time::Timestamp;

use crate::address::Zone;
use crate::events::{DeliveryEvent, Made};
use crate::method::{CutOff, Method};
use crate::shipment::{Shipment, ShipmentId, ShipmentState};

/// The tables that [`apply`] writes, and nobody else.
pub(crate) const FACT_TABLES: &[&str] = &[
    "delivery_methods",
    "delivery_zones",
    "delivery_sites",
    "delivery_hours",
    "delivery_shipments",
    "delivery_versions",
];

/// The entity whose versions count how often the methods were set. Journals of before name another one each time.
pub(crate) const METHODS: &str = "methods";
/// As [`METHODS`], of the zones.
pub(crate) const ZONES: &str = "zones";

/// The entity whose versions count how often the hours of `site` were set.
pub(crate) fn hours_of(site: SiteId) -> String {
    format!("hours:{site}")
}

/// A place where customers fetch orders.
pub(crate) struct PickUpSite {
    pub(crate) site: SiteId,
    pub(crate) code: String,
    pub(crate) name: String,
    pub(crate) address: Vec<String>,
    pub(crate) region: String,
    pub(crate) zone: String,
    pub(crate) hours: String,
    /// How often the hours were set.
    pub(crate) version: i64,
}

/// Writes an event to the tables.
pub(crate) fn apply(tx: &mut Tx<'_>, recorded: &Recorded<DeliveryEvent>) -> Result<(), Fault> {
    let (id, version, at) = (&recorded.entity, recorded.version, recorded.at);
    match &recorded.event {
        DeliveryEvent::MethodsSet { methods } => {
            methods_set(tx, methods)?;
            counted(tx, recorded, METHODS)
        }
        DeliveryEvent::ZonesSet { zones } => {
            zones_set(tx, zones)?;
            counted(tx, recorded, ZONES)
        }
        DeliveryEvent::HoursSet { site, hours } => {
            let version = if *id == hours_of(*site) { version } else { 0 };
            tx.put(
                "insert into delivery_hours (site, hours, version) values ($1, $2, $3)
                 on conflict (site) do update set hours = excluded.hours, version = excluded.version",
                &[(*site).into(), hours.into(), version.into()],
            )
        }
        DeliveryEvent::SitesHeard { sites } => {
            for site in sites {
                tx.put(
                    "insert into delivery_sites (site, code, name, address, region, zone, pick_up, open)
                     values ($1, $2, $3, $4, $5, $6, $7, $8)
                     on conflict (site) do update set code = excluded.code, name = excluded.name, address = excluded.address,
                       region = excluded.region, zone = excluded.zone, pick_up = excluded.pick_up, open = excluded.open",
                    &[
                        site.id.into(),
                        (&site.code).into(),
                        (&site.name).into(),
                        site.address.join("\n").into(),
                        (&site.region).into(),
                        (&site.zone).into(),
                        site.pick_up.into(),
                        site.open.into(),
                    ],
                )?;
            }
            Ok(())
        }
        DeliveryEvent::ShipmentMade(made) => shipment_made(tx, recorded, made),
        DeliveryEvent::ShipmentDelivered { collected, .. } => tx.put(
            "update delivery_shipments set version = $2, state = 'delivered', delivered_at = $3, reason = null,
               owed_minor = case when $4 then 0 else collect_minor end where id = $1",
            &[id.into(), version.into(), at.into(), collected.is_some().into()],
        ),
        DeliveryEvent::MoneySettled { .. } => tx.put(
            "update delivery_shipments set version = $2, owed_minor = 0 where id = $1",
            &[id.into(), version.into()],
        ),
        DeliveryEvent::AttemptFailed { reason, .. } => tx.put(
            "update delivery_shipments set version = $2, state = 'failed', attempts = attempts + 1, reason = $3 where id = $1",
            &[id.into(), version.into(), reason.into()],
        ),
        DeliveryEvent::TakenBack { .. } => shipment_state(tx, id, version, ShipmentState::TakenBack),
        DeliveryEvent::Returned {} => shipment_state(tx, id, version, ShipmentState::Returned),
        DeliveryEvent::RecipientErased {} => tx.put(
            "update delivery_shipments set version = $2, name = null, phone = null, address = null, city = null, postcode = null,
               country = null where id = $1",
            &[id.into(), version.into()],
        ),
    }
}

fn shipment_state(tx: &mut Tx<'_>, id: &str, version: i64, state: ShipmentState) -> Result<(), Fault> {
    tx.put(
        "update delivery_shipments set version = $2, state = $3 where id = $1",
        &[id.into(), version.into(), state.code().into()],
    )
}

/// Keeps the version of what is set as a whole.
fn counted(tx: &mut Tx<'_>, recorded: &Recorded<DeliveryEvent>, what: &str) -> Result<(), Fault> {
    if recorded.entity != what {
        return Ok(());
    }
    tx.put(
        "insert into delivery_versions (what, version) values ($1, $2)
         on conflict (what) do update set version = excluded.version",
        &[what.into(), recorded.version.into()],
    )
}

fn methods_set(tx: &mut Tx<'_>, methods: &[Method]) -> Result<(), Fault> {
    for (position, method) in (1_i64..).zip(methods) {
        let cut_off = method.cut_off.as_ref();
        tx.put(
            "insert into delivery_methods (code, position, name, fee_minor, currency, tax_bp, pick_up, offered, cut_off_minutes, zone,
               names)
             values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
             on conflict (code) do update set position = excluded.position, name = excluded.name, fee_minor = excluded.fee_minor,
               currency = excluded.currency, tax_bp = excluded.tax_bp, pick_up = excluded.pick_up, offered = excluded.offered,
               cut_off_minutes = excluded.cut_off_minutes, zone = excluded.zone, names = excluded.names",
            &[
                (&method.code).into(),
                position.into(),
                (&method.name).into(),
                method.fee.minor.into(),
                method.fee.currency.as_str().into(),
                method.tax.0.into(),
                method.pick_up.into(),
                method.offered.into(),
                cut_off.map(|cut_off| i64::from(cut_off.minutes)).into(),
                cut_off.map(|cut_off| cut_off.zone.name().to_owned()).into(),
                serde_json::to_string(&method.names).map_err(|e| Fault::new("names are JSON", e))?.into(),
            ],
        )?;
    }
    Ok(())
}

fn zones_set(tx: &mut Tx<'_>, zones: &[Zone]) -> Result<(), Fault> {
    tx.put("delete from delivery_zones", &[])?;
    for zone in zones {
        tx.put(
            "insert into delivery_zones (country, prefix, region) values ($1, $2, $3)",
            &[(&zone.country).into(), (&zone.prefix).into(), (&zone.region).into()],
        )?;
    }
    Ok(())
}

fn shipment_made(tx: &mut Tx<'_>, recorded: &Recorded<DeliveryEvent>, made: &Made) -> Result<(), Fault> {
    let recipient: Option<OrderContact> = match &made.recipient {
        Some(sealed) => tx.open(&made.person, sealed)?,
        None => None,
    };
    let of = |read: fn(&OrderContact) -> Option<String>| -> Value<'static> { recipient.as_ref().and_then(read).into() };
    tx.put(
        "insert into delivery_shipments (id, version, order_id, number, site, pick_up, state, collect_minor, currency, person, name,
           phone, address, city, postcode, country, handed_over_at, attempts)
         values ($1, $2, $3, $4, $5, $6, 'handed_over', $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, 0)",
        &[
            (&recorded.entity).into(),
            recorded.version.into(),
            made.order.into(),
            (&made.number).into(),
            made.site.into(),
            made.pick_up.into(),
            made.collect.minor.into(),
            made.collect.currency.as_str().into(),
            (&made.person).into(),
            of(|contact| Some(contact.name.clone())),
            of(|contact| contact.phone.clone()),
            of(|contact| Some(contact.address.join("\n"))),
            of(|contact| contact.city.clone()),
            of(|contact| contact.postcode.clone()),
            of(|contact| contact.country.clone()),
            recorded.at.into(),
        ],
    )
}

/// All methods, in the order in which they were set.
pub(crate) fn methods(reader: &mut Reader<'_>) -> Result<Vec<Method>, Fault> {
    reader.all(
        "select code, name, fee_minor, currency, tax_bp, pick_up, offered, cut_off_minutes, zone, names
         from delivery_methods
         order by position, code limit 200",
        &[],
        |row| {
            let minutes: Option<i64> = row.get(7)?;
            let cut_off = match minutes {
                Some(minutes) => {
                    let minutes = u16::try_from(minutes).map_err(|e| Fault::new("minutes of a day", e))?;
                    Some(CutOff { minutes, zone: row.parse(8)? })
                }
                None => None,
            };
            Ok(Method {
                code: row.get(0)?,
                name: row.get(1)?,
                names: row.json(9)?,
                fee: Money::new(row.get(2)?, row.parse::<Currency>(3)?),
                tax: Rate(row.get(4)?),
                pick_up: row.get(5)?,
                offered: row.get(6)?,
                cut_off,
            })
        },
    )
}

/// How often a thing that is set as a whole was set: [`METHODS`] or [`ZONES`].
pub(crate) fn version(reader: &mut Reader<'_>, what: &str) -> Result<i64, Fault> {
    let sql = "select version from delivery_versions where what = $1";
    Ok(reader.one(sql, &[what.into()], |row| row.get(0))?.unwrap_or(0))
}

/// All zones, by country and prefix.
pub(crate) fn zones(reader: &mut Reader<'_>) -> Result<Vec<Zone>, Fault> {
    reader.all("select country, prefix, region from delivery_zones order by country, prefix limit 2000", &[], |row| {
        Ok(Zone { country: row.get(0)?, prefix: row.get(1)?, region: row.get(2)? })
    })
}

/// Where customers can fetch orders, by region and name.
pub(crate) fn pick_up_sites(reader: &mut Reader<'_>) -> Result<Vec<PickUpSite>, Fault> {
    reader.all(
        "select s.site, s.code, s.name, s.address, s.region, s.zone, coalesce(h.hours, ''), coalesce(h.version, 0)
         from delivery_sites s left join delivery_hours h on h.site = s.site
         where s.pick_up and s.open order by s.region, s.name limit 1000",
        &[],
        |row| {
            let address: String = row.get(3)?;
            Ok(PickUpSite {
                site: row.get(0)?,
                code: row.get(1)?,
                name: row.get(2)?,
                address: address.lines().map(str::to_owned).collect(),
                region: row.get(4)?,
                zone: row.get(5)?,
                hours: row.get(6)?,
                version: row.get(7)?,
            })
        },
    )
}

/// How often the hours of a site were set; `None` where it was never heard of.
pub(crate) fn hours_version(reader: &mut Reader<'_>, site: SiteId) -> Result<Option<i64>, Fault> {
    reader.one(
        "select coalesce(h.version, 0) from delivery_sites s left join delivery_hours h on h.site = s.site where s.site = $1",
        &[site.into()],
        |row| row.get(0),
    )
}

/// Records what happens to the shipment of `order`; who waits for the order follows it by its id, and is told as well.
pub(crate) fn record(
    tx: &mut Tx<'_>,
    order: OrderId,
    id: ShipmentId,
    version: i64,
    event: DeliveryEvent,
) -> Result<i64, Fault> {
    tx.tell(order);
    tx.record(id, version, event)
}

/// The shipment `id`.
pub(crate) fn shipment(reader: &mut Reader<'_>, id: ShipmentId) -> Result<Option<Shipment>, Fault> {
    reader.one(
        "select id, version, order_id, number, site, pick_up, state, collect_minor, currency, name, phone, address, city, postcode,
           country, handed_over_at, delivered_at, attempts, reason, owed_minor
         from delivery_shipments where id = $1",
        &[id.into()],
        read_shipment,
    )
}

/// The shipment of `order`.
pub(crate) fn shipment_of(reader: &mut Reader<'_>, order: OrderId) -> Result<Option<Shipment>, Fault> {
    shipment(reader, crate::shipment::id_of(order))
}

/// At most `limit` shipments to customers' doors in one of `states`, handed over after `after` (moment and id), the oldest first; of
/// one site or all.
pub(crate) fn shipments(
    reader: &mut Reader<'_>,
    site: Option<SiteId>,
    states: &[ShipmentState],
    after: (Timestamp, &str),
    limit: i64,
) -> Result<Vec<Shipment>, Fault> {
    let list = serde_json::to_string(states).map_err(|e| Fault::new("states are JSON", e))?;
    let on_their_way = states.iter().all(|state| state.is_on_its_way());
    match site {
        // In the words of the index, which has only what is on its way.
        Some(site) if on_their_way => reader.all(
            "select id, version, order_id, number, site, pick_up, state, collect_minor, currency, name, phone, address, city,
               postcode, country, handed_over_at, delivered_at, attempts, reason, owed_minor
             from delivery_shipments where site = $1 and pick_up = false and state in ('handed_over', 'failed', 'taken_back')
               and state in each($2) and handed_over_at >= $3 and (handed_over_at > $3 or id > $4)
             order by handed_over_at, id limit $5",
            &[site.into(), list.into(), after.0.into(), after.1.into(), limit.into()],
            read_shipment,
        ),
        Some(site) => reader.all(
            "select id, version, order_id, number, site, pick_up, state, collect_minor, currency, name, phone, address, city,
               postcode, country, handed_over_at, delivered_at, attempts, reason, owed_minor
             from delivery_shipments where site = $1 and pick_up = false and state in each($2) and handed_over_at >= $3
               and (handed_over_at > $3 or id > $4) order by handed_over_at, id limit $5",
            &[site.into(), list.into(), after.0.into(), after.1.into(), limit.into()],
            read_shipment,
        ),
        None => reader.all(
            "select id, version, order_id, number, site, pick_up, state, collect_minor, currency, name, phone, address, city,
               postcode, country, handed_over_at, delivered_at, attempts, reason, owed_minor
             from delivery_shipments where pick_up = false and state in each($1) and handed_over_at >= $2
               and (handed_over_at > $2 or id > $3) order by handed_over_at, id limit $4",
            &[list.into(), after.0.into(), after.1.into(), limit.into()],
            read_shipment,
        ),
    }
}

/// At most `limit` shipments that customers have and whose money nobody has recorded, handed over after `after` (moment and id), the
/// oldest first; of one site or all.
pub(crate) fn owed(
    reader: &mut Reader<'_>,
    site: Option<SiteId>,
    after: (Timestamp, &str),
    limit: i64,
) -> Result<Vec<Shipment>, Fault> {
    reader.all(
        "select id, version, order_id, number, site, pick_up, state, collect_minor, currency, name, phone, address, city,
           postcode, country, handed_over_at, delivered_at, attempts, reason, owed_minor
         from delivery_shipments where owed_minor > 0 and (site = $1 or $1 is null) and handed_over_at >= $2
           and (handed_over_at > $2 or id > $3) order by handed_over_at, id limit $4",
        &[site.into(), after.0.into(), after.1.into(), limit.into()],
        read_shipment,
    )
}

fn read_shipment(row: &Row<'_>) -> Result<Shipment, Fault> {
    let state: String = row.get(6)?;
    let name: Option<String> = row.get(9)?;
    let address: Option<String> = row.get(11)?;
    let address = address.map(|text| text.lines().map(str::to_owned).collect()).unwrap_or_default();
    let (phone, city, postcode, country) = (row.get(10)?, row.get(12)?, row.get(13)?, row.get(14)?);
    Ok(Shipment {
        id: row.get(0)?,
        version: row.get(1)?,
        order: row.get(2)?,
        number: row.get(3)?,
        site: row.get(4)?,
        pick_up: row.get(5)?,
        state: ShipmentState::of(&state).ok_or_else(|| Fault::msg(format!("{state} is no state")))?,
        collect: Money::new(row.get(7)?, row.parse::<Currency>(8)?),
        owed: Money::new(row.get(19)?, row.parse::<Currency>(8)?),
        recipient: name.map(|name| OrderContact {
            name,
            phone,
            email: None,
            address,
            city,
            postcode,
            country,
            language: None,
        }),
        handed_over_at: row.get(15)?,
        delivered_at: row.get(16)?,
        attempts: row.get(17)?,
        reason: row.get(18)?,
    })
}
