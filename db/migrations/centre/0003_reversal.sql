-- Up Migration

-- What took a settlement back: mirrored amounts, an id of its own; never changed. Its parts and signs
-- are checked against the settlement's when it is written.
create table reversal (
  id text primary key,
  settlement_id text not null unique references settlement,
  workflow_id text not null, -- of the execution that waits until it is cleared
  asked_by text not null check (asked_by in ('hospital', 'operator')),
  message_id text, -- of the hospital's 2208 or 2601; null where an operator asked
  why text, -- what the operator wrote
  total numeric(16, 2) not null,
  fund_total numeric(16, 2) not null,
  personal_account numeric(16, 2) not null,
  cash numeric(16, 2) not null,
  hospital_share numeric(16, 2) not null,
  result jsonb not null,
  recorded_at timestamptz not null default clock_timestamp(),
  check (total = fund_total + personal_account + cash + hospital_share)
);

create trigger reversal_append_only before update or delete or truncate on reversal
  for each statement execute function refuse_change();

create function reversal_mirrors_settlement() returns trigger language plpgsql as $$
begin
  if not exists (
    select from settlement s where s.id = new.settlement_id
      and (new.total, new.fund_total, new.personal_account, new.cash, new.hospital_share)
        = (-s.total, -s.fund_total, -s.personal_account, -s.cash, -s.hospital_share)
  )
  then
    raise exception 'reversal % does not mirror its settlement', new.id using errcode = 'check_violation';
  end if;
  return null;
end
$$;

create trigger reversal_mirrors_settlement after insert on reversal
  for each row execute function reversal_mirrors_settlement();

-- A reversal's ledger entry is about a reversal that is there.
create function ledger_reversal_is_recorded() returns trigger language plpgsql as $$
begin
  if new.kind = 'reversal'
    and not exists (select from reversal where settlement_id = new.settlement_id)
  then
    raise exception 'ledger entry % reverses nothing', new.id using errcode = 'check_violation';
  end if;
  return null;
end
$$;

create constraint trigger ledger_reversal_is_recorded after insert on ledger_entry
  deferrable initially deferred for each row execute function ledger_reversal_is_recorded();

-- A request that was taken back before it arrived has no body.
alter table request alter column body drop not null;
alter table request add check (body is not null or state = 'void');
-- 2208 knows the settlement, not the message.
-- (request.settlement_id is unique already: no further index.)

-- Down Migration
