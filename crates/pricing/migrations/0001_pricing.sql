create table pricing_lists (
  code text primary key, version bigint not null, name text not null, company text, currency text not null,
  with_tax boolean not null, standard boolean not null) without rowid;
create table pricing_tax_rates (
  class text not null, valid_from bigint not null, name text not null, rate_bp bigint not null, primary key (class, valid_from)) without rowid;
create table pricing_products (product text primary key, tax_class text not null) without rowid;
create index pricing_products_class on pricing_products (tax_class, product);
create table pricing_prices (
  product text not null, list text not null, valid_from bigint not null, price_minor bigint not null, set_at bigint not null,
  primary key (product, list, valid_from)) without rowid;
create table pricing_reductions (
  product text not null, list text not null, from_at bigint not null, until_at bigint not null, price_minor bigint not null,
  primary key (product, list, from_at)) without rowid;
create table pricing_current (
  product text primary key, price_minor bigint not null, currency text not null, tax_bp bigint not null, was_minor bigint) without rowid;
create table pricing_moments (at bigint not null, product text not null, primary key (at, product)) without rowid;
