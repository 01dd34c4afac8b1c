create table insight_segments (
  id text primary key,
  version bigint not null,
  source text not null,
  from_day bigint not null,
  to_day bigint not null,
  lines bigint not null,
  hash text not null,
  bytes bigint not null) without rowid;
create index insight_segments_day on insight_segments (from_day, to_day);
create table insight_orders (
  id text primary key,
  state text not null,
  site text not null,
  day bigint not null,
  minute bigint not null,
  total bigint not null,
  currency text not null,
  lines text not null,
  line_count bigint not null) without rowid;
create index insight_orders_day on insight_orders (day, id);
create table insight_sold (
  day bigint not null,
  site text not null,
  product text not null,
  units_milli bigint not null,
  value bigint not null,
  lines bigint not null,
  primary key (day, site, product)) without rowid;
create table insight_products (
  product text primary key,
  name text not null,
  path text not null) without rowid;
create table insight_sites (
  site text primary key,
  name text not null,
  zone text not null) without rowid;
