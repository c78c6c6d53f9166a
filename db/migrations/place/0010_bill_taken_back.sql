-- Up Migration

-- How many parts a bill has: who takes it back by its message id (2601) takes back each of them. A bill
-- that was taken back before it arrived has none, and is refused when it does.
alter table whole_bill add column parts smallint not null default 0 check (parts between 0 and 99);
alter table whole_bill alter column digest drop not null;
alter table whole_bill add check ((digest is null) = (parts = 0)) not valid;
update whole_bill b set parts = greatest(1, (
  select count(*) from settlement_request r
    where r.institution = b.institution and r.message_id ~ ('^' || b.message_id || '-[0-9]{1,2}$')));
alter table whole_bill validate constraint whole_bill_check;
alter table whole_bill alter column parts drop default;

-- Down Migration

delete from whole_bill where digest is null;
alter table whole_bill alter column digest set not null;
alter table whole_bill drop column parts;
