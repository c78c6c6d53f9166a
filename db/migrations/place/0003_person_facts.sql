-- Up Migration

-- What the insured place has decided of a person that a policy may select by, on the days from … to.
create table person_fact (
  person text not null references person,
  kind text not null check (kind in ('personType', 'tier', 'hardship', 'civilServant')),
  value text not null check (value <> ''),
  valid_from date not null,
  valid_to date check (valid_to >= valid_from),
  source text not null,
  primary key (person, kind, valid_from)
);

-- An institution that the person selected (定点), of any place, on the days from … to.
create table selection (
  person text not null references person,
  institution text not null,
  selected_from date not null,
  selected_to date check (selected_to >= selected_from),
  source text not null,
  primary key (person, institution, selected_from)
);

-- A doctor that the person contracted (签约家庭医生), on the days from … to.
create table family_doctor (
  person text not null references person,
  doctor text not null,
  contracted_from date not null,
  contracted_to date check (contracted_to >= contracted_from),
  source text not null,
  primary key (person, doctor, contracted_from)
);

-- A visit elsewhere (local care, inpatient care) that counts among those of its year.
create table visit_opening (
  person text not null references person,
  visited_on date not null,
  institution text not null,
  level text not null check (level in ('primary', 'secondary', 'tertiary')),
  source text not null,
  primary key (person, visited_on, institution)
);

-- A qualification under a local code that is not yet a national one, on the days from … to.
create table unmigrated_qualification (
  person text not null references person,
  local_code text not null,
  one_of text[] not null check (cardinality(one_of) > 0),
  valid_from date not null,
  valid_to date check (valid_to >= valid_from),
  source text not null,
  primary key (person, local_code, valid_from)
);

-- A calculation that was undone: what it added to accumulators and took from the account is given back.
alter table calculation add column reversed_at timestamptz;
-- Where and when the visit was, so that later visits can count it; unknown of calculations made before.
alter table calculation
  add column institution text,
  add column level text check (level in ('primary', 'secondary', 'tertiary')),
  add column visited_on date,
  add check (
    (institution is null) = (visited_on is null) and (level is null) = (visited_on is null)
  );

create index calculation_person on calculation (person, visited_on);

-- Down Migration
