-- Up Migration

-- The treating place's copy of a reversal, where the hospital's later questions find it.
create table reversal_copy (
  reversal_id text primary key,
  settlement_id text not null unique,
  institution text not null references institution,
  visit_id text not null references visit,
  total numeric(16, 2) not null,
  fund_total numeric(16, 2) not null,
  personal_account numeric(16, 2) not null,
  answer jsonb not null,
  recorded_at timestamptz not null
);

-- Down Migration
