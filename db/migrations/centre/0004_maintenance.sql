-- Up Migration

create sequence maintenance_number;

-- A maintenance window (停机维护): the centre's own, and a copy of every place's.
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

-- Down Migration
