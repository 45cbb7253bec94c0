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
