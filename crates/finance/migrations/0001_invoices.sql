create table finance_invoices (
  id text primary key,
  version bigint not null check (version > 0),
  name text not null check (name <> ''),
  opened_at bigint not null,
  closed_at bigint
);
