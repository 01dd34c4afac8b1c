create table inventory_sites (id text primary key, region text not null, open boolean not null) without rowid;
