-- A hash of null is an account that nobody can log in to. A token names the generation that it was made for: a new
-- password raises it, and every older token is worth nothing.
alter table account
  add column password_hash text,
  add column token_generation integer not null default 1;

-- Whom somebody follows, the latest first, read from the index alone.
create index follow_latest on follow (follower_id, created_at desc, followee_id desc);
