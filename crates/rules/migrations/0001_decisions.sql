create table rules_decisions (
  key text primary key,
  version bigint not null,
  title text not null,
  latest bigint not null,
  in_force bigint not null,
  in_force_since bigint,
  scheduled bigint not null,
  scheduled_for bigint) without rowid;
create table rules_versions (
  key text not null,
  number bigint not null,
  state text not null check (state in ('draft', 'approved', 'published')),
  note text not null,
  hash text not null,
  bytes bigint not null,
  author text not null,
  added_at bigint not null,
  approver text not null,
  approved_at bigint,
  published_at bigint,
  primary key (key, number)) without rowid;
