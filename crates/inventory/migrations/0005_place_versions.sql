alter table inventory_places add column version bigint not null default 1;
