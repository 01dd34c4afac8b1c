alter table orders_delivery_methods add column names text not null default '{}';
alter table orders_delivery_methods add column position bigint not null default 0;
