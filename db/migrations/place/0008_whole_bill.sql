-- Up Migration

-- A whole bill (一次就诊的全部费用) by the message id it was sent under, kept for ever: the same id with
-- another content is refused, also when Temporal has forgotten it. Its parts are batches of its visit.
create table whole_bill (
  institution text not null references institution,
  message_id text not null,
  digest text not null,
  received_at timestamptz not null default clock_timestamp(),
  primary key (institution, message_id)
);

-- Down Migration
