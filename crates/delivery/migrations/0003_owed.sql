alter table delivery_shipments add column owed_minor bigint not null default 0;
create index delivery_shipments_owed on delivery_shipments (handed_over_at, id) where owed_minor > 0;
