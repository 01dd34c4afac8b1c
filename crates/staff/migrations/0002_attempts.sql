drop table staff_attempts;
create table staff_attempts (
  key text primary key, address text, person text, failures bigint not null, at bigint not null) without rowid;
create index staff_attempts_at on staff_attempts (at);
create table staff_sign_ins (
  id text primary key, at bigint not null, what text not null, person text, by_address boolean not null, failures bigint not null,
  actor text not null) without rowid;
create index staff_sign_ins_at on staff_sign_ins (at, id);
