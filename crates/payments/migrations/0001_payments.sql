create table payments_payments (
  id text primary key, reference text not null, method text not null, state text not null, currency text not null,
  amount bigint not null check (amount >= 0), decline text, asked text, asked_minor bigint not null,
  attempt bigint not null, undo_wanted boolean not null, provider_ref text,
  version bigint not null, created_at bigint not null, changed_at bigint not null) without rowid;
create index payments_payments_reference on payments_payments (reference, id);
create table payments_ledger (
  payment text not null, version bigint not null,
  account text not null check (account in ('customer', 'held', 'taken', 'returned')),
  minor bigint not null check (minor <> 0), at bigint not null, primary key (payment, version, account)) without rowid;
create table payments_refunds (
  id text primary key, payment text not null, minor bigint not null check (minor > 0), reason text not null,
  state text not null check (state in ('pending', 'done', 'declined')), decline text, attempt bigint not null,
  at bigint not null) without rowid;
create index payments_refunds_payment on payments_refunds (payment, state);
