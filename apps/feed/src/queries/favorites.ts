import { type Param, type Statement, statement } from '@fastpath/pooling'
import { type ArticleRow, articleColumnsWith } from './articles.js'

export const favoritesAmong = statement<{ articleId: number }, [userId: number, articleIds: readonly number[]]>(
  'favorites_among',
  `
  select article_id as "articleId"
  from favorite
  where article_id = any($2::integer[]) and user_id = $1`,
)

/** An article, and whether its favourites were changed. */
type FavoredRow = ArticleRow & { readonly changed: boolean }
type ChangeFavorite = Statement<FavoredRow, [slug: string, userId: number]>

/**
 * Changes a favourite and gives the article with its new count, or nothing where there is no such article. The article is
 * locked first: the locked row has the newest count, to which the change is added, and who deletes it meanwhile waits or
 * is waited for. The triggers change the counters at the end.
 */
const changeFavorite = (name: string, change: string, newCount: string): ChangeFavorite =>
  statement<FavoredRow, [slug: string, userId: number] & readonly Param[]>(
    name,
    `
  with article as (
    select * from article where slug = $1 for no key update
  ), changed as (
    ${change}
    returning article_id
  )
  select ${articleColumnsWith(newCount)},
    exists (select from changed) as changed
  from article`,
  )

export const addFavorite = changeFavorite(
  'add_favorite',
  `insert into favorite (user_id, article_id, article_created_at)
    select $2, id, created_at from article
    on conflict do nothing`,
  'article.favorites_count + (select count(*) from changed)::integer',
)

export const removeFavorite = changeFavorite(
  'remove_favorite',
  `delete from favorite
    using article
    where favorite.article_id = article.id and favorite.user_id = $2`,
  'article.favorites_count - (select count(*) from changed)::integer',
)
