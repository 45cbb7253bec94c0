-- What was handled. The text is @fastpath/messaging's inboxTables; its createInbox reads and writes them.
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
