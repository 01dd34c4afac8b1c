create table finance_series (
  company text not null,
  kind text not null check (kind in ('invoice', 'credit_note')),
  year bigint not null,
  last bigint not null check (last > 0),
  primary key (company, kind, year)) without rowid;
create table finance_invoices (
  id text primary key,
  kind text not null check (kind in ('invoice', 'credit_note')),
  company text not null,
  year bigint not null,
  place bigint not null,
  number text not null unique,
  order_id text not null,
  order_number text not null,
  site text not null,
  zone text not null,
  date bigint not null,
  due_date bigint not null,
  currency text not null,
  net bigint not null,
  tax bigint not null,
  total bigint not null,
  payment_method text not null,
  credits text,
  reason text,
  buyer text not null,
  seller text not null,
  lines text not null,
  issued_at bigint not null,
  issued_by text not null,
  check (net + tax = total)) without rowid;
create unique index finance_invoices_order on finance_invoices (order_id) where kind = 'invoice';
create index finance_invoices_credits on finance_invoices (order_id, id);
create table finance_postings (
  id bigint primary key,
  at bigint not null,
  date bigint not null,
  kind text not null check (kind in ('invoice', 'credit_note', 'payment', 'refund')),
  document text not null,
  company text not null,
  order_id text not null,
  currency text not null,
  entries text not null);
create index finance_postings_order on finance_postings (order_id, id);
create table finance_balances (
  company text not null,
  account text not null,
  currency text not null,
  balance bigint not null,
  primary key (company, account, currency)) without rowid;
create table finance_receivables (
  order_id text primary key,
  currency text not null,
  balance bigint not null) without rowid;
create table finance_payments (
  id text primary key,
  captured bigint not null,
  refunded bigint not null,
  version bigint not null) without rowid;
create table finance_days (
  date bigint not null,
  site text not null,
  currency text not null,
  invoices bigint not null,
  credit_notes bigint not null,
  net bigint not null,
  tax bigint not null,
  total bigint not null,
  captured bigint not null,
  refunded bigint not null,
  primary key (date, site, currency)) without rowid;
create table finance_seller (
  id text primary key,
  seller text not null,
  version bigint not null) without rowid;
