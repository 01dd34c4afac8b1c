drop index orders_orders_state;
create index orders_orders_state on orders_orders (state, placed_at, id) where state <> 'delivered';
