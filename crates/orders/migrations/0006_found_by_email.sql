create index orders_orders_email on orders_orders (email, id) where email is not null;
delete from orders_terms where term like '%@%'
  and exists (select 1 from orders_orders o where o.id = orders_terms.order_id and o.email = orders_terms.term);
