alter table inventory_pick_lines add column uncounted bigint not null default 0;
