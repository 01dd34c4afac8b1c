alter table payments_payments add column tender text;
alter table payments_payments add column account text;
update payments_payments set account = reference where method = 'on_account';
create index payments_payments_account on payments_payments (account, id) where account is not null;
