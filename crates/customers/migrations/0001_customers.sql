create table customers_customers (
  id text primary key, version bigint not null check (version > 0), status text not null, name text not null, phone text,
  email text, language text not null, addresses text not null, tags text not null, fields text not null,
  may_advertise boolean not null, made_at bigint not null, changed_at bigint not null) without rowid;
create index customers_customers_phone on customers_customers (phone, id);
create index customers_customers_email on customers_customers (email, id);
create table customers_terms (
  term text not null, customer text not null, primary key (term, customer)) without rowid;
create index customers_terms_customer on customers_terms (customer, term);
create table customers_refs (
  system text not null, ref text not null, customer text not null, primary key (system, ref)) without rowid;
create index customers_refs_customer on customers_refs (customer);
create table customers_notes (
  customer text not null, version bigint not null, at bigint not null, by_actor text not null, body text not null,
  primary key (customer, version)) without rowid;
create table customers_consents (
  customer text not null, version bigint not null, at bigint not null, by_actor text not null, purpose text not null,
  given boolean not null, how text not null, primary key (customer, version)) without rowid;
create table customers_links (
  order_id text primary key, customer text not null) without rowid;
create index customers_links_customer on customers_links (customer, order_id);
create table customers_orders (
  order_id text primary key, number text not null, state text not null, total_minor bigint not null, currency text not null,
  placed_at bigint not null, channel text not null) without rowid;
create table customers_unlinked (
  order_id text primary key, customer text) without rowid;
