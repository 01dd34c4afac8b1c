alter table customers_customers add column merged_into text;
alter table customers_customers add column also_at text not null default '[]';
create index customers_customers_merged on customers_customers (merged_into);
