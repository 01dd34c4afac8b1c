create table contact_calls (
  id text primary key, version bigint not null check (version > 0), task text not null, order_id text not null,
  element text not null, title text not null, site text, opened_at bigint not null, due bigint, escalated boolean not null,
  state text not null, sort_at bigint not null, number text, channel text, name text, phone text, currency text,
  total_minor bigint, base_lines text, attempts bigint not null, no_answers bigint not null, first_attempt_at bigint,
  first_agent text, last_attempt_at bigint, last_agent text, last_outcome text, callback_at bigint, callback_agent text,
  upsold_lines bigint not null, upsold_minor bigint not null, outcome text, reason text, closed_at bigint, closed_by text,
  forgotten boolean not null) without rowid;
create index contact_calls_state on contact_calls (state, id);
create index contact_calls_order on contact_calls (order_id, id);
create index contact_calls_closed on contact_calls (closed_at);
create index contact_calls_first on contact_calls (first_attempt_at);
create table contact_attempts (
  call_id text not null, version bigint not null, at bigint not null, agent text not null, outcome text not null, note text,
  primary key (call_id, version)) without rowid;
create index contact_attempts_at on contact_attempts (at);
create table contact_callbacks (
  call_id text not null, version bigint not null, set_at bigint not null, agent text not null, at bigint not null,
  reason text not null, note text, primary key (call_id, version)) without rowid;
create table contact_leases (
  call_id text primary key, agent text not null, until bigint not null, ending text, attempted boolean not null) without rowid;
create index contact_leases_agent on contact_leases (agent);
create table contact_passes (
  call_id text not null, agent text not null, until bigint not null, primary key (call_id, agent)) without rowid;
create table contact_undescribed (call_id text primary key) without rowid;
