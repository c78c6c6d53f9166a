-- Up Migration

-- A step of the centre that came while its service was closed: its number is its place in the line.
create table maintenance_arrival (
  number bigint generated always as identity primary key,
  workflow_id text not null,
  activity_id text, -- null for a local step: its workflow waits
  service text not null,
  due_at timestamptz not null, -- when it tries again
  unique nulls not distinct (workflow_id, activity_id)
);
create index on maintenance_arrival (due_at);

-- Down Migration
