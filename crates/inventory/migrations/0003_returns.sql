create table inventory_returns (
  id text primary key,
  order_id text not null,
  number text not null,
  site text not null,
  reason text not null,
  lines text not null,
  expected_at bigint not null,
  received_at bigint,
  received_by text,
  version bigint not null) without rowid;
create index inventory_returns_order on inventory_returns (order_id, id);
create index inventory_returns_expected on inventory_returns (site, expected_at, id) where received_at is null;
