-- Up Migration

-- Changes that the centre's registry must be told; sent in pages, each once.
create table registry_change (
  no bigint generated always as identity primary key,
  kind text not null,
  body jsonb not null,
  made_at timestamptz not null default clock_timestamp(),
  sent_at timestamptz
);

create index registry_change_unsent on registry_change (no) where sent_at is null;

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

-- The first days of a disease code here: when it qualifies people, when it settles.
create table disease_opening (
  disease text primary key check (disease ~ '^M[0-9]{5}$'),
  qualification_from date not null,
  settlement_from date not null,
  source text not null
);

---------- as treating place 就医地 ----------

-- An institution (定点医疗机构) as its place printed it.
create table institution (
  code text primary key,
  region text not null,
  district text not null,
  name text not null,
  level text not null check (level in ('primary', 'secondary', 'tertiary')),
  designated_from date not null,
  designated_to date,
  source text not null
);

-- A disease that an institution opened, on the days from … to.
create table institution_disease (
  institution text not null references institution,
  disease text not null,
  open_from date not null,
  open_to date,
  primary key (institution, disease, open_from)
);

-- The place's payment scope (支付范围) by item; the newest row not later than the visit day counts.
create table catalogue_item (
  code text not null,
  in_force_from date not null,
  name text not null,
  kind text not null check (kind in ('drug', 'service', 'consumable')),
  class text not null check (class in ('A', 'B', 'C')),
  restricted boolean not null,
  price_limit numeric(16, 6),
  first_share_ratio numeric(5, 4) not null check (first_share_ratio between 0 and 1),
  source text not null,
  primary key (code, in_force_from)
);

create sequence visit_number;

-- A registered visit (门诊挂号); the visit day is the day of its begin time.
create table visit (
  id text primary key,
  institution text not null references institution,
  institution_visit_no text not null,
  person text not null,
  insured_region text not null,
  insurance_type text not null,
  began_at timestamp not null,
  visited_on date not null generated always as (began_at::date) stored,
  person_type text,
  person_name text,
  certificate_type text,
  certificate_no text,
  registered_at timestamptz not null default clock_timestamp(),
  unique (institution, institution_visit_no)
);

-- A charged batch (收费批次); frozen by the settlement that took it.
create table fee_batch (
  visit_id text not null references visit,
  batch_no text not null,
  digest text not null,
  total numeric(16, 2) not null,
  settlement_id text,
  workflow_id text,
  frozen_at timestamptz,
  uploaded_at timestamptz not null default clock_timestamp(),
  primary key (visit_id, batch_no),
  check ((settlement_id is null) = (workflow_id is null)),
  check ((settlement_id is null) = (frozen_at is null))
);

-- A fee line (费用明细) as uploaded; quantity and amount are negative only together.
create table fee_line (
  visit_id text not null,
  line_no text not null,
  batch_no text not null,
  disease text not null,
  item text not null,
  occurred_on date not null,
  price numeric(16, 6) not null check (price >= 0),
  quantity numeric(16, 4) not null check (quantity <> 0),
  amount numeric(16, 2) not null,
  approval text not null check (approval in ('none', 'approved', 'refused')),
  primary key (visit_id, line_no),
  foreign key (visit_id, batch_no) references fee_batch (visit_id, batch_no),
  check (sign(quantity) * sign(amount) >= 0)
);

create index fee_line_batch on fee_line (visit_id, batch_no);

-- How a settlement split each line (费用分割); the parts add up to the line.
create table line_split (
  settlement_id text not null,
  visit_id text not null,
  line_no text not null,
  amount numeric(16, 2) not null,
  excluded numeric(16, 2) not null,
  over_price_limit numeric(16, 2) not null,
  first_share numeric(16, 2) not null,
  in_scope numeric(16, 2) not null,
  primary key (settlement_id, line_no),
  foreign key (visit_id, line_no) references fee_line (visit_id, line_no),
  check (amount = excluded + over_price_limit + first_share + in_scope)
);

-- The treating place's copy of a settlement's result, as the centre returned it.
create table settlement_copy (
  settlement_id text primary key,
  institution text not null references institution,
  message_id text not null,
  visit_id text not null,
  batch_no text not null,
  total numeric(16, 2) not null,
  fund_total numeric(16, 2) not null,
  personal_account numeric(16, 2) not null,
  answer jsonb not null,
  recorded_at timestamptz not null,
  unique (institution, message_id),
  foreign key (visit_id, batch_no) references fee_batch (visit_id, batch_no)
);

---------- as insured place 参保地 ----------

-- A person insured here; the row is the lock of all their accumulators.
create table person (
  id text primary key,
  region text not null,
  born_on date not null,
  source text not null
);

-- A person's insurance (参保) by type, on the days from … to, and when its benefit is suspended.
create table insurance (
  person text not null references person,
  insurance_type text not null check (insurance_type in ('310', '390')),
  insured_from date not null,
  insured_to date,
  suspended_from date,
  suspended_to date,
  retired boolean not null,
  primary key (person, insurance_type, insured_from),
  check (suspended_to is null or suspended_from is not null)
);

-- A person's own account (个人账户); never below zero.
create table personal_account (
  person text primary key references person,
  balance numeric(16, 2) not null check (balance >= 0)
);

-- A qualification (待遇资格认定), on the days from … to.
create table qualification (
  person text not null references person,
  disease text not null,
  valid_from date not null,
  valid_to date,
  source text not null,
  primary key (person, disease, valid_from)
);

-- A filing (异地就医备案) for a place or a pooling region, on the days from … to.
create table filing (
  person text not null references person,
  filed_for text not null,
  category text not null,
  valid_from date not null,
  valid_to date,
  source text not null,
  primary key (person, filed_for, valid_from)
);

-- Days on which a person's networked settlement is suspended.
create table suspension (
  person text not null references person,
  suspended_from date not null,
  suspended_to date,
  primary key (person, suspended_from)
);

-- A region's policy file as published; the newest version counts.
create table policy (
  region text not null,
  version integer not null,
  hash text not null,
  body jsonb not null,
  published_at timestamptz not null default clock_timestamp(),
  primary key (region, version)
);

-- What a person has used in a period, by the name and key the policy gave it.
create table accumulator (
  person text not null references person,
  name text not null,
  period text not null,
  key text not null,
  value numeric(16, 2) not null check (value >= 0),
  primary key (person, name, period, key)
);

-- What was used elsewhere before (local care, inpatient care), with its source.
create table accumulator_opening (
  person text not null references person,
  name text not null,
  period text not null,
  key text not null,
  value numeric(16, 2) not null,
  source text not null,
  primary key (person, name, period, key)
);

-- What a settlement added to an accumulator; a reversal subtracts exactly this.
create table accumulator_change (
  settlement_id text not null,
  person text not null references person,
  name text not null,
  period text not null,
  key text not null,
  added numeric(16, 2) not null,
  primary key (settlement_id, name, period, key)
);

create index accumulator_change_person on accumulator_change (person);

-- A calculation (待遇计算) with the rule that was used and each step of its explanation.
create table calculation (
  settlement_id text primary key,
  person text not null references person,
  policy_hash text not null,
  policy_in_force_from date not null,
  totals jsonb not null,
  benefit jsonb not null,
  steps jsonb not null,
  account_used numeric(16, 2) not null check (account_used >= 0),
  calculated_at timestamptz not null default clock_timestamp()
);

-- Down Migration
