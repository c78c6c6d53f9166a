-- Up Migration

---------- as treating place 就医地 ----------

-- An entry says its price limit by institution level, its first share by insurance type, and the only
-- diseases it is in scope for (null: any care). An entry that is put right keeps its older versions.
alter table catalogue_item
  add column version integer not null default 1 check (version > 0),
  add column price_limit_primary numeric(16, 6),
  add column price_limit_secondary numeric(16, 6),
  add column price_limit_tertiary numeric(16, 6),
  add column above_limit text not null default 'person' check (above_limit in ('person', 'hospital')),
  add column first_share_ratio_310 numeric(5, 4) check (first_share_ratio_310 between 0 and 1),
  add column first_share_ratio_390 numeric(5, 4) check (first_share_ratio_390 between 0 and 1),
  add column first_share_ratio_other numeric(5, 4) check (first_share_ratio_other between 0 and 1),
  add column diseases text[] check (array_to_string(diseases, ',') ~ '^M[0-9]{5}(,M[0-9]{5})*$'),
  add column stored_at timestamptz not null default clock_timestamp();

update catalogue_item set
  price_limit_primary = price_limit,
  price_limit_secondary = price_limit,
  price_limit_tertiary = price_limit,
  first_share_ratio_310 = first_share_ratio,
  first_share_ratio_390 = first_share_ratio,
  first_share_ratio_other = first_share_ratio;

alter table catalogue_item
  alter column first_share_ratio_310 set not null,
  alter column first_share_ratio_390 set not null,
  alter column first_share_ratio_other set not null,
  drop column price_limit,
  drop column first_share_ratio,
  drop constraint catalogue_item_pkey,
  add primary key (code, in_force_from, version);

-- What the place sets for all its items; where it has no row not later than the visit day, the law's
-- defaults hold.
create table scope_rule (
  in_force_from date primary key,
  first_share_base text not null check (first_share_base in ('capped', 'gross')),
  tolerance numeric(16, 2) not null check (tolerance >= 0), -- yuan
  source text not null
);

-- The place's own disease codes (地方病种代码); the newest row not later than the day says which national
-- code it is, or which it may become (not migrated yet), or why it is a code no more.
create table disease_code (
  local_code text not null,
  in_force_from date not null,
  name text not null,
  disease text check (disease ~ '^M[0-9]{5}$'),
  one_of text[] check (array_to_string(one_of, ',') ~ '^M[0-9]{5}(,M[0-9]{5})*$'),
  lapse text,
  source text not null,
  primary key (local_code, in_force_from),
  check (num_nonnulls(disease, one_of, lapse) = 1)
);

-- A hospital, or a pharmacy of the two channels (双通道).
alter table institution
  add column kind text not null default 'hospital' check (kind in ('hospital', 'pharmacy'));

-- Who prescribed; null in what was uploaded before it was kept.
alter table fee_line add column doctor text;

-- The kind that the catalogue gave the line, and what of the part over the price limit the institution
-- bears. The kind is null where the item had left the catalogue before kinds were kept.
alter table line_split
  add column kind text check (kind in ('drug', 'service', 'consumable')),
  add column hospital_share numeric(16, 2) not null default 0,
  add check (abs(hospital_share) <= abs(over_price_limit)),
  add check (sign(hospital_share) * sign(over_price_limit) >= 0);

update line_split s set kind = (
  select i.kind from fee_line l
  join visit v on v.id = l.visit_id
  join catalogue_item i on i.code = l.item and i.in_force_from <= v.visited_on
  where l.visit_id = s.visit_id and l.line_no = s.line_no
  order by i.in_force_from desc limit 1
);

-- Down Migration
