alter table orders_orders add column fields text;
