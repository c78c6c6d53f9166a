-- Up Migration

-- The treating place's copy of a reversal, where the hospital's later questions find it.
create table reversal_copy (
  reversal_id text primary key,
  settlement_id text not null unique, -- of what was taken back
  message_id text not null, -- under which that was asked for
  institution text not null references institution,
  visit_id text not null references visit,
  total numeric(16, 2) not null,
  fund_total numeric(16, 2) not null,
  personal_account numeric(16, 2) not null,
  answer jsonb not null,
  recorded_at timestamptz not null,
  unique (institution, message_id)
);

-- Who froze the batch: 2208 asks by it, and an undo frees by it.
create index fee_batch_settlement on fee_batch (settlement_id) where settlement_id is not null;

-- Down Migration
