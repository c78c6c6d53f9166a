-- Up Migration

-- A calculation that was undone: what it added to accumulators and took from the account is given back.
alter table calculation add column if not exists reversed_at timestamptz;

create index if not exists calculation_person on calculation (person);

-- What an account (个人账户) held when it was opened: balance = opening less what calculations used.
create table personal_account_opening (
  person text primary key references person,
  balance numeric(16, 2) not null check (balance >= 0)
);

insert into personal_account_opening (person, balance)
select account.person, account.balance + coalesce(used.amount, 0)
from personal_account account
left join (
  select person, sum(account_used) as amount from calculation group by person
) used on used.person = account.person;

-- Who published a version: `seed` for one that came with the seed files; and its file, word for word.
alter table policy add column published_by text not null default 'seed';
alter table policy add column source_text text;

-- Down Migration
