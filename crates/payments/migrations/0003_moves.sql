create table payments_moves (
  payment text not null, version bigint not null, at bigint not null, customer bigint not null, held bigint not null,
  taken bigint not null, returned bigint not null, primary key (payment, version),
  check (customer + held + taken + returned = 0)) without rowid;
insert into payments_moves (payment, version, at, customer, held, taken, returned)
  select payment, version, min(at), cast(sum(case when account = 'customer' then minor else 0 end) as bigint), cast(sum(case when account = 'held' then minor else 0 end) as bigint), cast(sum(case when account = 'taken' then minor else 0 end) as bigint), cast(sum(case when account = 'returned' then minor else 0 end) as bigint)
  from payments_ledger group by payment, version;
drop table payments_ledger;
alter table payments_moves rename to payments_ledger;
