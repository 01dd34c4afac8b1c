create table gateway_api_keys (
  id text primary key, version bigint not null, name text not null, hash text not null unique, grants text not null,
  created_at bigint not null, revoked_at bigint);
