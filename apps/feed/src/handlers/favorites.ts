import { articleFavorited, articleUnfavorited, type feedContract } from '@fastpath/contracts'
import type { Handlers, Outbox } from '@fastpath/messaging'
import type { Pool } from '@fastpath/pooling'
import { addFavorite, favoritesAmong, removeFavorite } from '../queries/favorites.js'
import { notFound, viewerIdOf } from './refusals.js'

type FeedHandlers = Handlers<typeof feedContract>

interface Deps {
  readonly pool: Pool
  readonly outbox: Outbox
}

/** Nobody has no favourites: a reader without a token is told so without a statement. */
export const getFavorites =
  ({ pool }: Pick<Deps, 'pool'>): FeedHandlers['getFavorites'] =>
  async (call, { articleIds }) => {
    if (!call.viewer || articleIds.length === 0) return { articleIds: [] }
    const rows = await pool.run(call, favoritesAmong, [call.viewer.id, articleIds])
    return { articleIds: rows.map(({ articleId }) => articleId) }
  }

export const favoriteArticle = (deps: Deps) => changeFavorite(deps, addFavorite, articleFavorited)

export const unfavoriteArticle = (deps: Deps) => changeFavorite(deps, removeFavorite, articleUnfavorited)

const changeFavorite =
  (
    { outbox }: Deps,
    change: typeof addFavorite,
    event: typeof articleFavorited,
  ): FeedHandlers['favoriteArticle' | 'unfavoriteArticle'] =>
  async (call, { slug }) => {
    const userId = viewerIdOf(call)
    return outbox.transaction(call, async (tx) => {
      const found = await tx.one(change, [slug, userId])
      if (!found) throw notFound('article', slug)
      const { changed, ...article } = found
      const { id: articleId, authorId: articleAuthorId } = article
      if (changed) await tx.emit(event, { articleId, userId, articleAuthorId, slug })
      return article
    })
  }
