create table notices_messages (
  id text primary key,
  order_id text not null,
  template text not null,
  about text,
  state text not null check (state in ('waiting', 'sent', 'failed', 'skipped')),
  attempts bigint not null,
  round bigint not null,
  next_at bigint,
  reason text,
  recipient text,
  language text,
  subject text,
  body text,
  message_id text,
  created_at bigint not null,
  sent_at bigint,
  version bigint not null,
  check ((next_at is not null) = (state = 'waiting'))) without rowid;
create index notices_messages_waiting on notices_messages (next_at, id) where state = 'waiting';
create index notices_messages_order on notices_messages (order_id, id);
create table notices_templates (
  key text not null,
  language text not null,
  subject text not null,
  body text not null,
  html text not null,
  version bigint not null,
  primary key (key, language)) without rowid;
create table notices_claims (
  message text primary key,
  until bigint not null) without rowid;
