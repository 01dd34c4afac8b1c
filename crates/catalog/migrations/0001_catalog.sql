create table catalog_categories (
  id text primary key, version bigint not null, parent text, name text not null, names text not null, position bigint not null,
  attributes text not null) without rowid;
create index catalog_categories_parent on catalog_categories (parent, id);
create table catalog_products (
  id text primary key, version bigint not null, number text not null unique, name text not null, category text not null,
  brand text not null, unit text not null, tax_class text not null, status text not null check (status in ('active', 'blocked')),
  details text not null) without rowid;
create index catalog_products_category on catalog_products (category, id);
create table catalog_barcodes (
  code_key text primary key, product text not null, code text not null, pack text not null) without rowid;
create index catalog_barcodes_product on catalog_barcodes (product);
