/**
 * The table behind `createOutbox`: every service that emits has it in its own schema, as a numbered migration of exactly
 * this text (`tables.test.ts` compares them).
 */
export const outboxTable = `-- Events, written with their cause. The text is @fastpath/messaging's outboxTable; the relay there reads it.
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
`

/** The tables behind `createInbox`, in the schema of a consumer that has one; a numbered migration like the outbox. */
export const inboxTables = `-- What was handled. The text is @fastpath/messaging's inboxTables; its createInbox reads and writes them.
create table inbox (
  event_id uuid not null,
  consumer text not null,
  handled_at timestamptz(3) not null default now(),
  primary key (event_id, consumer)
);

create index inbox_oldest on inbox (handled_at);

-- The latest version of each aggregate, for consumers that want them in order.
create table inbox_version (
  aggregate text not null,
  consumer text not null,
  version bigint not null,
  handled_at timestamptz(3) not null default now(),
  primary key (aggregate, consumer)
);

create index inbox_version_oldest on inbox_version (handled_at);

-- Tries that have failed, until one succeeds or the event is a dead letter.
create table inbox_failure (
  event_id uuid not null,
  consumer text not null,
  history text[] not null,
  failed_at timestamptz(3) not null default now(),
  primary key (event_id, consumer)
);

create index inbox_failure_oldest on inbox_failure (failed_at);
`
