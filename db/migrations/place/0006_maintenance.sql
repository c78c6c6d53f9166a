-- Up Migration

create sequence maintenance_number;

-- A maintenance window (停机维护): the place's own, and a copy of every other party's.
create table maintenance_window (
  party text not null check (party ~ '^([1-9][0-9]0000|centre)$'),
  id text not null,
  services text[] not null check (
    cardinality(services) > 0
    and services <@ array['settlement', 'reversal', 'registry', 'clearing']
  ),
  from_at timestamptz not null,
  to_at timestamptz check (to_at >= from_at), -- null until somebody knows; closed before it began: from_at
  message text not null check (length(message) between 1 and 60),
  revision integer not null check (revision > 0),
  announced_by text, -- null for a copy
  announced_at timestamptz not null default clock_timestamp(),
  changed_by text,
  closed_at timestamptz,
  primary key (party, id)
);

-- A step that came while its service was closed: its number is its place in the line.
create table maintenance_arrival (
  number bigint generated always as identity primary key,
  workflow_id text not null,
  activity_id text not null,
  service text not null,
  due_at timestamptz not null default 'infinity', -- when it tries again
  unique (workflow_id, activity_id)
);
create index on maintenance_arrival (due_at);

-- Down Migration
