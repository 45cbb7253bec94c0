-- How many there are, without counting: of all articles (of_id 0), of an author's, of a user's favourites.
-- Triggers keep them, so that whatever writes, in one row or a hundred thousand, keeps them in its own transaction.
create table counter (
  name text not null,
  of_id integer not null,
  value integer not null,
  primary key (name, of_id)
);

create function count_articles() returns trigger language plpgsql as $$
declare
  sign constant integer := case tg_op when 'INSERT' then 1 else -1 end;
begin
  insert into counter as c (name, of_id, value)
  select name, of_id, sign * count(*)
  from (
    select 'articles_by_author', author_id from changed
    union all
    select 'articles', 0 from changed
  ) as counted (name, of_id)
  group by name, of_id
  order by name, of_id -- one order for all, so that two writers can't wait for each other
  on conflict (name, of_id) do update set value = c.value + excluded.value;
  return null;
end $$;

create trigger count_new_articles after insert on article
  referencing new table as changed for each statement execute function count_articles();
create trigger count_deleted_articles after delete on article
  referencing old table as changed for each statement execute function count_articles();

create function count_favorites() returns trigger language plpgsql as $$
declare
  sign constant integer := case tg_op when 'INSERT' then 1 else -1 end;
begin
  update article
  set favorites_count = favorites_count + sign * counted.n
  from (select article_id, count(*) as n from changed group by article_id) as counted
  where id = counted.article_id;

  insert into counter as c (name, of_id, value)
  select 'favorites_by_user', user_id, sign * count(*) from changed group by user_id order by user_id
  on conflict (name, of_id) do update set value = c.value + excluded.value;
  return null;
end $$;

create trigger count_new_favorites after insert on favorite
  referencing new table as changed for each statement execute function count_favorites();
create trigger count_deleted_favorites after delete on favorite
  referencing old table as changed for each statement execute function count_favorites();

create function count_tags() returns trigger language plpgsql as $$
declare
  sign constant integer := case tg_op when 'INSERT' then 1 else -1 end;
begin
  -- Locked in one order before they are changed: two articles may share several tags.
  perform from tag where id in (select tag_id from changed) order by id for update;
  update tag
  set article_count = article_count + sign * counted.n
  from (select tag_id, count(*) as n from changed group by tag_id) as counted
  where id = counted.tag_id;
  return null;
end $$;

create trigger count_new_tags after insert on article_tag
  referencing new table as changed for each statement execute function count_tags();
create trigger count_deleted_tags after delete on article_tag
  referencing old table as changed for each statement execute function count_tags();
