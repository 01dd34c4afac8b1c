create table orders_offer_goods (product text primary key, name text not null, unit text not null, sold boolean not null) without rowid;
create table orders_offer_prices (
  product text primary key, price_minor bigint not null, currency text not null, tax_bp bigint not null) without rowid;
