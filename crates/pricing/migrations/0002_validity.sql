alter table pricing_lists add column valid_from bigint;
alter table pricing_lists add column valid_until bigint;
create table pricing_versions (what text primary key, version bigint not null) without rowid;
