alter table finance_invoices add column day_start bigint not null default 0;
