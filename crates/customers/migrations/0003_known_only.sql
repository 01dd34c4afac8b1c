drop index customers_customers_phone;
create index customers_customers_phone on customers_customers (phone, id) where phone is not null;
drop index customers_customers_email;
create index customers_customers_email on customers_customers (email, id) where email is not null;
drop index customers_customers_merged;
create index customers_customers_merged on customers_customers (merged_into) where merged_into is not null;
