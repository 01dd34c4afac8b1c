alter table insight_sites add column day_start bigint not null default 0;
