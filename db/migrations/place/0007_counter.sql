-- Up Migration

-- How an institution's own system reads what it is answered when a settlement takes long; no row: a plain one.
create table institution_profile (
  institution text primary key references institution,
  when_late text not null check (when_late in ('refuse', 'wait')),
  pending_code text check (pending_code ~ '^([2-9]|[1-9][0-9]{1,3})$'), -- the status of "accepted, pending"
  source text not null,
  check (when_late = 'refuse' or pending_code is not null)
);

-- A request to settle that a gateway let in, written before anything is started: 5203 finds by it what has
-- no result yet, and what was refused.
create table settlement_request (
  institution text not null references institution,
  message_id text not null,
  visit_id text not null references visit,
  digest text, -- of what was asked; null where it came before this table
  asked_at timestamptz not null default clock_timestamp(),
  primary key (institution, message_id)
);
create index settlement_request_visit on settlement_request (visit_id);

insert into settlement_request (institution, message_id, visit_id, asked_at)
select institution, message_id, visit_id, recorded_at from settlement_copy
union all
select institution, message_id, visit_id, recorded_at from reversal_copy
union all
select v.institution, split_part(b.workflow_id, '/', 3), b.visit_id, b.frozen_at
from fee_batch b join visit v on v.id = b.visit_id where b.workflow_id is not null
on conflict do nothing;

-- Down Migration
