create table delivery_handed_over (
  id text primary key, version bigint not null, order_id text not null, number text not null, site text not null,
  pick_up boolean not null, state text not null, collect_minor bigint not null, currency text not null, person text not null,
  name text, phone text, address text, city text, postcode text, country text, handed_over_at bigint not null, delivered_at bigint,
  attempts bigint not null, reason text) without rowid;
insert into delivery_handed_over (id, version, order_id, number, site, pick_up, state, collect_minor, currency, person, name, phone, address, city, postcode, country, handed_over_at, delivered_at, attempts, reason)
  select id, version, order_id, number, site, pick_up, state, collect_minor, currency, person, name, phone, address, city, postcode, country, handed_over_at, delivered_at, attempts, reason from delivery_shipments;
drop table delivery_shipments;
alter table delivery_handed_over rename to delivery_shipments;
create index delivery_shipments_state on delivery_shipments (pick_up, state, handed_over_at, id);
create index delivery_shipments_site on delivery_shipments (site, handed_over_at, id)
  where pick_up = false and state in ('handed_over', 'failed', 'taken_back');
