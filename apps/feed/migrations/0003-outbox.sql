-- Events, written with their cause. The text is @fastpath/messaging's outboxTable; the relay there reads it.
create table outbox (
  id bigint generated always as identity primary key,
  event_id uuid not null default gen_random_uuid(),
  subject text not null,
  -- Such as article:7. Among the events of one aggregate ids and versions rise, since each is written under its row's lock.
  aggregate text not null,
  version bigint not null,
  data bytea not null,
  traceparent text not null,
  created_at timestamptz(3) not null default now(),
  -- Null until the broker has it on disk: when, in which making of the stream, and where in it.
  sent_at timestamptz(3),
  sent_to text,
  sent_seq bigint
);

create index outbox_unsent on outbox (id) where sent_at is null;
-- What a lost stream had is found without reading what all others have.
create index outbox_place on outbox (sent_to, sent_seq) where sent_to is not null;
