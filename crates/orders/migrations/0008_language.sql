alter table orders_orders add column language text;
