-- Up Migration

-- A provincial unit of the country; it settles across provinces from the day it is connected.
create table place (
  code text primary key check (code ~ '^[1-9][0-9]0000$'),
  name text not null,
  connected_from date,
  source text not null
);

-- A disease of the national list, with the group that people call it by.
create table disease (
  code text primary key check (code ~ '^M[0-9]{5}$'),
  name text not null,
  group_name text not null,
  source text not null
);

-- Every message a place sent to the registry, once; the tables below are what they add up to.
create table registry_upload (
  place text not null references place,
  change_no bigint not null,
  kind text not null,
  body jsonb not null,
  received_at timestamptz not null default clock_timestamp(),
  primary key (place, change_no)
);

-- The registry's copy of an institution; designated on the days from … to.
create table institution (
  code text primary key,
  place text not null references place,
  region text not null,
  name text not null,
  level text not null check (level in ('primary', 'secondary', 'tertiary')),
  designated_from date not null,
  designated_to date,
  change_no bigint not null -- of the message that said so
);

-- A disease that an institution opened, on the days from … to.
create table institution_disease (
  institution text not null references institution,
  disease text not null references disease,
  open_from date not null,
  open_to date,
  change_no bigint not null,
  primary key (institution, disease, open_from)
);

-- The first days of a disease code in a place: when it qualifies people, when it settles.
create table disease_opening (
  place text not null references place,
  disease text not null references disease,
  qualification_from date not null,
  settlement_from date not null,
  change_no bigint not null,
  primary key (place, disease)
);

-- The registry's copy of a qualification (待遇资格认定), on the days from … to.
create table qualification (
  place text not null references place,
  person text not null,
  disease text not null references disease,
  valid_from date not null,
  valid_to date,
  change_no bigint not null,
  primary key (place, person, disease, valid_from)
);

-- The registry's copy of a filing (异地就医备案); it names a place or a pooling region.
create table filing (
  place text not null references place,
  person text not null,
  filed_for text not null check (filed_for ~ '^[1-9][0-9]{5}$'),
  category text not null,
  valid_from date not null,
  valid_to date,
  change_no bigint not null,
  primary key (place, person, filed_for, valid_from)
);

-- Days on which a person's networked settlement is suspended (条例第41条).
create table suspension (
  place text not null references place,
  person text not null,
  suspended_from date not null,
  suspended_to date,
  change_no bigint not null,
  primary key (place, person, suspended_from)
);

create sequence settlement_number;

-- The guarantee: one hospital message is one request with one answer, for ever.
create table request (
  institution text not null,
  message_id text not null,
  settlement_id text not null unique,
  digest text not null,
  body jsonb not null,
  state text not null check (state in ('claimed', 'answered', 'void')),
  answer jsonb,
  claimed_at timestamptz not null default clock_timestamp(),
  answered_at timestamptz,
  primary key (institution, message_id),
  unique (institution, message_id, settlement_id),
  check ((state = 'answered') = (answer is not null)),
  check ((state = 'answered') = (answered_at is not null))
);

-- What a step of a settlement answered, written in the transaction of its effect; void means: never again.
create table inbox (
  settlement_id text not null,
  step text not null,
  state text not null check (state in ('done', 'void')),
  answer jsonb,
  recorded_at timestamptz not null default clock_timestamp(),
  primary key (settlement_id, step),
  check (state = 'done' or answer is null)
);

-- A settlement that was made; never changed. Its parts add up, checked here a second time.
create table settlement (
  id text primary key,
  workflow_id text not null,
  institution text not null,
  message_id text not null,
  treating_place text not null references place,
  insured_place text not null references place,
  insured_region text not null,
  person text not null,
  insurance_type text not null check (insurance_type in ('310', '390')),
  disease text not null,
  visited_on date not null,
  total numeric(16, 2) not null,
  excluded numeric(16, 2) not null,
  over_price_limit numeric(16, 2) not null,
  first_share numeric(16, 2) not null,
  in_scope numeric(16, 2) not null,
  area_first_share numeric(16, 2) not null,
  deductible numeric(16, 2) not null,
  fund_total numeric(16, 2) not null,
  personal_account numeric(16, 2) not null,
  cash numeric(16, 2) not null,
  person_share numeric(16, 2) not null,
  hospital_share numeric(16, 2) not null,
  policy_hash text not null,
  policy_in_force_from date not null,
  recorded_at timestamptz not null default clock_timestamp(),
  check (total = excluded + over_price_limit + first_share + in_scope),
  check (total = fund_total + person_share + hospital_share),
  check (person_share = personal_account + cash),
  foreign key (institution, message_id, id) references request (institution, message_id, settlement_id)
);

-- Each fund's part of a settlement, in the order they paid.
create table settlement_layer (
  settlement_id text not null references settlement,
  position smallint not null,
  name text not null check (
    name in ('pool', 'largeAmount', 'catastrophic', 'civilServant', 'enterprise', 'medicalAid', 'other')
  ),
  base numeric(16, 2) not null,
  amount numeric(16, 2) not null,
  primary key (settlement_id, position),
  unique (settlement_id, name)
);

create function settlement_layers_add_up() returns trigger language plpgsql as $$
declare
  settled text := to_jsonb(new) ->> tg_argv[0];
begin
  if (select fund_total from settlement where id = settled)
    <> (select coalesce(sum(amount), 0) from settlement_layer where settlement_id = settled)
  then
    raise exception 'the layers of settlement % do not add up', settled
      using errcode = 'check_violation';
  end if;
  return null;
end
$$;

create constraint trigger settlement_layers_add_up after insert on settlement
  deferrable initially deferred for each row execute function settlement_layers_add_up('id');
create constraint trigger settlement_layer_adds_up after insert on settlement_layer
  deferrable initially deferred for each row execute function settlement_layers_add_up('settlement_id');

-- The number of the last entry of each pair's chain; the row is the pair's lock.
create table ledger_chain (
  treating_place text not null references place,
  insured_place text not null references place,
  entry_no bigint not null check (entry_no > 0),
  primary key (treating_place, insured_place)
);

-- One entry per settlement (and later per reversal): double entry, append only, chained per pair.
create table ledger_entry (
  id bigint generated always as identity primary key,
  treating_place text not null,
  insured_place text not null,
  entry_no bigint not null,
  kind text not null check (kind in ('settlement', 'reversal')),
  settlement_id text not null references settlement,
  insurance_type text not null,
  recorded_at timestamptz not null,
  previous_hash text not null,
  hash text not null,
  unique (treating_place, insured_place, entry_no),
  unique (settlement_id, kind),
  foreign key (treating_place, insured_place) references ledger_chain (treating_place, insured_place)
);

create index ledger_entry_recorded_at on ledger_entry (recorded_at);

-- Who is owed and who owes: fund money and personal-account money in separate accounts.
create table ledger_posting (
  entry_id bigint not null references ledger_entry,
  account text not null check (
    account in ('fund-receivable', 'fund-payable', 'account-receivable', 'account-payable')
  ),
  place text not null references place,
  amount numeric(16, 2) not null,
  primary key (entry_id, account)
);

-- What an entry says, bound to the entry before it.
create function ledger_entry_hash(
  previous_hash text,
  treating_place text,
  insured_place text,
  entry_no bigint,
  kind text,
  settlement_id text,
  insurance_type text,
  recorded_at timestamptz,
  fund numeric,
  account numeric
) returns text language sql immutable as $$
  select encode(sha256(convert_to(concat_ws(
    '|', previous_hash, treating_place, insured_place, entry_no, kind, settlement_id, insurance_type,
    to_char(recorded_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US'), fund, account
  ), 'UTF8')), 'hex')
$$;

create function ledger_postings_are_balanced() returns trigger language plpgsql as $$
begin
  if exists (
    select from ledger_posting
    where entry_id in (select entry_id from added)
    group by entry_id, split_part(account, '-', 1)
    having sum(amount) <> 0 or count(*) <> 2
  )
  then
    raise exception 'a ledger entry does not balance' using errcode = 'check_violation';
  end if;
  return null;
end
$$;

create trigger ledger_posting_balanced after insert on ledger_posting
  referencing new table as added for each statement execute function ledger_postings_are_balanced();

create function ledger_entry_has_postings() returns trigger language plpgsql as $$
begin
  if (select count(*) from ledger_posting where entry_id = new.id) <> 4 then
    raise exception 'ledger entry % lacks postings', new.id using errcode = 'check_violation';
  end if;
  return null;
end
$$;

create constraint trigger ledger_entry_has_postings after insert on ledger_entry
  deferrable initially deferred for each row execute function ledger_entry_has_postings();

create function refuse_change() returns trigger language plpgsql as $$
begin
  raise exception '% is append only', tg_table_name using errcode = 'restrict_violation';
end
$$;

create trigger ledger_entry_append_only before update or delete or truncate on ledger_entry
  for each statement execute function refuse_change();
create trigger ledger_posting_append_only before update or delete or truncate on ledger_posting
  for each statement execute function refuse_change();
create trigger settlement_append_only before update or delete or truncate on settlement
  for each statement execute function refuse_change();
create trigger settlement_layer_append_only before update or delete or truncate on settlement_layer
  for each statement execute function refuse_change();

-- A month that was cut; made once.
create table clearing_month (
  month text primary key check (month ~ '^[0-9]{4}-(0[1-9]|1[0-2])$'),
  cut_at timestamptz not null,
  closed_at timestamptz not null default clock_timestamp()
);

-- Who owes whom for a month, per pair and insurance type.
create table statement (
  id bigint generated always as identity primary key,
  month text not null references clearing_month,
  treating_place text not null references place,
  insured_place text not null references place,
  insurance_type text not null,
  settlements integer not null check (settlements > 0),
  total numeric(16, 2) not null,
  fund_total numeric(16, 2) not null,
  personal_account numeric(16, 2) not null,
  owed numeric(16, 2) not null,
  unique (month, treating_place, insured_place, insurance_type),
  check (owed = fund_total + personal_account)
);

-- The ledger entries of a statement; an entry is on one statement at most. told_at: its workflow knows.
create table statement_item (
  entry_id bigint primary key references ledger_entry,
  statement_id bigint not null references statement,
  workflow_id text not null,
  told_at timestamptz
);

create index statement_item_untold on statement_item (statement_id, entry_id) where told_at is null;

-- Down Migration
