alter table orders_carts add column customer text;
create index orders_carts_customer on orders_carts (customer) where customer is not null;
