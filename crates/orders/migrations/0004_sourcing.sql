alter table orders_offers add column weight_g bigint not null default 0;
alter table orders_offer_goods add column weight_g bigint not null default 0;
create table orders_sites (site text primary key, is_store boolean not null, region text not null, open boolean not null) without rowid;
create table orders_zones (
  country text not null, prefix text not null, region text not null, primary key (country, prefix)) without rowid;
