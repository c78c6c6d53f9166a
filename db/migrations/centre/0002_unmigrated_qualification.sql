-- Up Migration

-- The registry's copy of a qualification under a local code that is not yet a national one.
create table unmigrated_qualification (
  place text not null references place,
  person text not null,
  local_code text not null,
  one_of text[] not null check (cardinality(one_of) > 0),
  valid_from date not null,
  valid_to date,
  change_no bigint not null,
  primary key (place, person, local_code, valid_from)
);

-- Down Migration
