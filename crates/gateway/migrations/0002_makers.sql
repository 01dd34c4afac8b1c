alter table gateway_api_keys add column made_by text not null default '';
alter table gateway_api_keys add column expires_at bigint;
