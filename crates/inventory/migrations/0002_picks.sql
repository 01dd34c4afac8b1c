create table inventory_picks (
  id text primary key,
  order_id text not null,
  number text not null,
  reservation text not null,
  pick_up boolean not null,
  hand_over_site text not null,
  site text not null,
  state text not null check (state in ('open', 'picked', 'packed', 'handed_over', 'put_back', 'cancelled')),
  taken_by text,
  taken_until bigint,
  with_agent boolean not null,
  parcels bigint,
  opened_at bigint not null,
  version bigint not null) without rowid;
create unique index inventory_picks_order on inventory_picks (order_id, site);
create index inventory_picks_work on inventory_picks (site, state, id);
create table inventory_pick_lines (
  pick text not null,
  product text not null,
  unit text not null,
  asked bigint not null check (asked >= 0),
  picked bigint not null check (picked >= 0),
  missing bigint not null check (missing >= 0),
  primary key (pick, product)) without rowid;
create table inventory_places (
  site text not null,
  product text not null,
  place text not null,
  primary key (site, product)) without rowid;
create index inventory_stock_site on inventory_stock (site, product);
