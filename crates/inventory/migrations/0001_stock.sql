create table inventory_stock (
  product text not null,
  site text not null,
  unit text not null,
  on_hand bigint not null,
  reserved bigint not null check (reserved >= 0),
  version bigint not null,
  primary key (product, site)) without rowid;
create table inventory_movements (
  product text not null,
  site text not null,
  seq bigint not null,
  kind text not null,
  quantity bigint not null,
  on_hand bigint not null,
  reserved bigint not null,
  unit text not null,
  document text not null,
  at bigint not null,
  primary key (product, site, seq)) without rowid;
create table inventory_reservations (
  id text primary key,
  holder text not null,
  state text not null check (state in ('held', 'committed', 'shipped', 'released', 'expired')),
  lines text not null,
  expires_at bigint not null,
  amendment bigint not null,
  version bigint not null) without rowid;
create index inventory_reservations_held on inventory_reservations (expires_at, id) where state = 'held';
