import { statement } from '@fastpath/pooling'

export const mostUsedTags = statement<{ name: string }>(
  'most_used_tags',
  `
  select name
  from tag
  where article_count > 0
  order by article_count desc, name
  limit 100`,
)

/**
 * Of these names those that are no tag yet, in one order for all writers. A statement of its own: what another writer
 * adds meanwhile is seen by the next one only.
 */
export const addMissingTags = statement<never, [names: readonly string[]]>(
  'add_missing_tags',
  `
  insert into tag (name)
  select name
  from unnest($1::text[]) as wanted (name)
  where not exists (select from tag where tag.name = wanted.name) -- an attempt would use up an id
  order by name
  on conflict (name) do nothing`,
)
