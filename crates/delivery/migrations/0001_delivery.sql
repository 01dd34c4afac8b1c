create table delivery_methods (
  code text primary key, position bigint not null, name text not null, fee_minor bigint not null, currency text not null,
  tax_bp bigint not null, pick_up boolean not null, offered boolean not null, cut_off_minutes bigint, zone text) without rowid;
create table delivery_zones (
  country text not null, prefix text not null, region text not null, primary key (country, prefix)) without rowid;
create table delivery_sites (
  site text primary key, code text not null, name text not null, address text not null, region text not null, zone text not null,
  pick_up boolean not null, open boolean not null) without rowid;
create table delivery_hours (site text primary key, hours text not null) without rowid;
create table delivery_shipments (
  id text primary key, version bigint not null, order_id text not null unique, number text not null, site text not null,
  pick_up boolean not null, state text not null, collect_minor bigint not null, currency text not null, person text not null,
  name text, phone text, address text, city text, postcode text, country text, handed_over_at bigint not null, delivered_at bigint,
  attempts bigint not null, reason text) without rowid;
create index delivery_shipments_site on delivery_shipments (site, pick_up, state, handed_over_at, id);
create index delivery_shipments_state on delivery_shipments (pick_up, state, handed_over_at, id);
