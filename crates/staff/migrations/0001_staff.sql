create table staff_companies (
  id text primary key, version bigint not null check (version > 0), name text not null check (name <> ''),
  address text not null, tax_number text not null, currency text not null, zone text not null) without rowid;
create table staff_sites (
  id text primary key, version bigint not null check (version > 0), company text not null, code text not null unique,
  name text not null, kind text not null, address text not null, region text not null, zone text not null,
  pick_up boolean not null, open boolean not null) without rowid;
create table staff_people (
  id text primary key, version bigint not null check (version > 0), login text unique, name text not null, password text,
  roles text not null, active boolean not null, erased boolean not null, added_at bigint not null, signed_in_at bigint)
  without rowid;
create table staff_sessions (
  hash text primary key, person text not null, began_at bigint not null, seen_at bigint not null) without rowid;
create index staff_sessions_person on staff_sessions (person);
create index staff_sessions_seen on staff_sessions (seen_at);
create table staff_attempts (login text primary key, failures bigint not null, at bigint not null) without rowid;
create index staff_attempts_at on staff_attempts (at);
