create table finance_documents (
  id text primary key,
  kind text not null check (kind in ('invoice', 'credit_note')),
  company text not null,
  year bigint not null,
  place bigint not null,
  number text not null,
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
  unique (company, kind, year, place),
  check (net + tax = total)) without rowid;
insert into finance_documents (id, kind, company, year, place, number, order_id, order_number, site, zone, date, due_date, currency, net, tax, total, payment_method, credits, reason, buyer, seller, lines, issued_at, issued_by)
  select id, kind, company, year, place, number, order_id, order_number, site, zone, date, due_date, currency, net, tax, total, payment_method, credits, reason, buyer, seller, lines, issued_at, issued_by from finance_invoices;
drop table finance_invoices;
alter table finance_documents rename to finance_invoices;
create unique index finance_invoices_order on finance_invoices (order_id) where kind = 'invoice';
create index finance_invoices_credits on finance_invoices (order_id, id) where kind = 'credit_note';
