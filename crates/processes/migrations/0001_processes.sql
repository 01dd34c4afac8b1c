create table processes_definitions (
  key text not null, number bigint not null, name text not null, xml text not null, digest bigint not null,
  shipped boolean not null, deployed_at bigint not null, deployed_by text not null, primary key (key, number)) without rowid;
create table processes_instances (
  id text primary key, version bigint not null, process text not null, number bigint not null, key text not null, site text,
  state text not null check (state in ('open', 'ended')), marking text not null, variables text not null,
  started_at bigint not null, ended_at bigint) without rowid;
create unique index processes_instances_key on processes_instances (key, process);
create index processes_instances_state on processes_instances (state, id);
create table processes_tasks (
  id text primary key, version bigint not null, instance text not null, token bigint not null, process text not null,
  element text not null, name text not null, task_group text not null, key text not null, site text, due_at bigint,
  opened_at bigint not null, escalated_to text, state text not null check (state in ('open', 'done', 'overtaken')),
  outcome text, closed_at bigint, closed_by text) without rowid;
create index processes_tasks_instance on processes_tasks (instance, id);
create index processes_tasks_key on processes_tasks (key, id);
create index processes_tasks_state on processes_tasks (state, task_group, id);
create table processes_incidents (
  id text primary key, version bigint not null, instance text not null, token bigint not null, process text not null,
  key text not null, site text, element text not null, code text not null, message text not null, opened_at bigint not null,
  state text not null check (state in ('open', 'resolved')), resolution text, resolved_at bigint, resolved_by text) without rowid;
create index processes_incidents_instance on processes_incidents (instance, id);
create index processes_incidents_state on processes_incidents (state, id);
create table processes_inbox (
  instance text not null, number bigint not null, process text not null, key text not null, begins boolean not null,
  name text not null, payload text not null, heard_at bigint not null, primary key (instance, number)) without rowid;
create index processes_inbox_key on processes_inbox (key);
create table processes_attempts (
  instance text not null, token bigint not null, attempts bigint not null, next_at bigint not null, message text not null,
  primary key (instance, token)) without rowid;
