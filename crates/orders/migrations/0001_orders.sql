create table orders_offers (
  product text primary key, name text not null, unit text not null, price_minor bigint not null, currency text not null,
  tax_bp bigint not null, sold boolean not null) without rowid;
create table orders_delivery_methods (
  code text primary key, name text not null, fee_minor bigint not null, currency text not null, tax_bp bigint not null,
  pick_up boolean not null, offered boolean not null) without rowid;
create table orders_carts (
  id text primary key, version bigint not null, body text not null, order_id text, expires_at bigint not null) without rowid;
create index orders_carts_expiry on orders_carts (expires_at);
create table orders_numbers (series text primary key, last bigint not null) without rowid;
create table orders_orders (
  id text primary key, version bigint not null, number text not null, state text not null, site text not null,
  currency text not null, goods_minor bigint not null, delivery_minor bigint not null, total_minor bigint not null,
  delivery_method text not null, delivery_tax_bp bigint not null, pick_up boolean not null, payment_method text not null,
  reservation text not null, placed_at bigint not null, pay_until bigint not null, amendment bigint not null, editing text,
  reason text, person text not null, name text, phone text, email text, address text) without rowid;
create index orders_orders_state on orders_orders (state, id);
create table orders_lines (
  order_id text not null, position bigint not null, product text not null, site text not null, name text not null,
  unit text not null, quantity_milli bigint not null, unit_price_minor bigint not null, tax_bp bigint not null,
  net_minor bigint not null, tax_minor bigint not null, gross_minor bigint not null, primary key (order_id, position)) without rowid;
create table orders_payments (
  payment text primary key, order_id text not null, position bigint not null, method text not null, state text not null,
  amount_minor bigint not null, authorised_minor bigint not null, captured_minor bigint not null,
  refunded_minor bigint not null, returning_minor bigint not null, decline text, payment_version bigint not null, asked_at bigint not null) without rowid;
create index orders_payments_order on orders_payments (order_id);
