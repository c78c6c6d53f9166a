-- Up Migration

-- A window without an end that was learnt from an answer of the place's own system: when that is asked again.
alter table maintenance_window add column ask_again_at timestamptz;

-- Down Migration
