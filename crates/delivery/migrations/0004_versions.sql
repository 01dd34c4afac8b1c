create table delivery_versions (what text primary key, version bigint not null) without rowid;
alter table delivery_methods add column names text not null default '{}';
alter table delivery_hours add column version bigint not null default 0;
