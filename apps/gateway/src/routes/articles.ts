import {
  type ArticlePage,
  cacheTags,
  createArticle,
  deleteArticle,
  getArticle,
  getArticles,
  headArticle,
  maxPageSize,
  type QueryOf,
  ServiceError,
  tagsOfPage,
  updateArticle,
} from '@fastpath/contracts'
import type { Call } from '@fastpath/timing'
import { type Answer, answer, answerWritten } from '../answer.js'
import type { Clients } from '../clients.js'
import { formatCursor, parseCursor } from '../cursor.js'
import { presentArticle } from '../present/articles.js'
import type { WritePage } from '../present/page-writer.js'
import { emptyPage, surroundedPage, surroundingsOf } from '../surroundings.js'

interface Deps extends Clients {
  readonly writePage: WritePage
}

export const articles = ({ writePage, ...clients }: Deps): Answer[] => {
  const { feed, user } = clients
  return [
    answerWritten(getArticles, writePage, async (call, { query, res, tag }) => {
      const filter = await resolveFilter(user, call, query)
      if (!filter) {
        tag?.(cacheTags.unknownNames)
        return emptyPage
      }
      const page = await feed.listArticles(call, { ...filter, ...pageOf(query) })
      linkNext(res, getArticles.path, query, page)
      tag?.(...tagsOfPage(filter, page.articles), ...page.articles.map(({ authorId }) => cacheTags.user(authorId)))
      if (filter.authorId) tag?.(cacheTags.user(filter.authorId))
      if (filter.favoritedById) tag?.(cacheTags.user(filter.favoritedById))
      return surroundedPage(clients, call, page)
    }),

    answer(createArticle, async (call, { body: { article } }) => {
      const { tagList = [], ...written } = article
      const made = await feed.createArticle(call, { ...written, tags: tagList })
      const surroundings = await surroundingsOf(clients, call, [made], { favorited: false, following: false })
      return { article: presentArticle(surroundings)(made) }
    }),

    answer(headArticle, async (call, { params }) => {
      const { exists } = await feed.articleExists(call, { slug: params.slug })
      if (!exists)
        throw new ServiceError('NOT_FOUND', `no article ${params.slug}`, { fields: { article: ['not found'] } })
    }),

    answer(getArticle, async (call, { params, tag }) => {
      const article = await feed.getArticle(call, { slug: params.slug })
      tag?.(...tagsOf(article))
      return { article: presentArticle(await surroundingsOf(clients, call, [article]))(article) }
    }),

    answer(updateArticle, async (call, { params, body }) => {
      const { tagList, ...written } = body.article
      const changed = await feed.updateArticle(call, {
        slug: params.slug,
        ...written,
        ...(tagList && { tags: tagList }),
      })
      return { article: presentArticle(await surroundingsOf(clients, call, [changed], { following: false }))(changed) }
    }),

    answer(deleteArticle, async (call, { params }) => {
      await feed.deleteArticle(call, { slug: params.slug })
    }),
  ]
}

/** What stands in an answer that shows an article. */
const tagsOf = ({ id, authorId }: { readonly id: number; readonly authorId: number }) => [
  cacheTags.article(id),
  cacheTags.user(authorId),
]

type Query = QueryOf<typeof getArticles>
type Paging = Pick<Query, 'limit' | 'offset' | 'cursor'>

/** What the feed service is asked for of a list. */
export const pageOf = ({ limit, offset, cursor }: Paging) => ({
  limit: Math.min(limit, maxPageSize),
  offset,
  ...(cursor !== undefined && { after: parseCursor(cursor) }),
})

/** Where the next page is, RFC 8288: bodies stay as RealWorld's clients know them. */
export const linkNext = (
  res: { setHeader(name: string, value: string): unknown },
  path: string,
  { limit, cursor: _cursor, offset: _offset, ...filter }: Paging & Partial<Query>,
  { next }: ArticlePage,
): void => {
  if (!next) return
  const query = new URLSearchParams()
  for (const [name, value] of Object.entries(filter)) if (value !== undefined) query.set(name, value)
  query.set('limit', String(limit))
  query.set('cursor', formatCursor(next))
  res.setHeader('link', `<${path}?${query}>; rel="next"`)
}

/** Names become ids, all with one call; `undefined` where a name is nobody's, since then no article can match. */
const resolveFilter = async (user: Clients['user'], call: Call, { tag, author, favorited }: Query) => {
  const usernames = [author, favorited].filter((name) => name !== undefined)
  const { users } = usernames.length === 0 ? { users: [] } : await user.findUsers(call, { usernames })
  const idOf = (name: string | undefined) =>
    users.find(({ username }) => username.toLowerCase() === name?.toLowerCase())?.id
  const [authorId, favoritedById] = [idOf(author), idOf(favorited)]
  if ((author !== undefined && !authorId) || (favorited !== undefined && !favoritedById)) return undefined
  return {
    ...(tag !== undefined && { tag }),
    ...(authorId !== undefined && { authorId }),
    ...(favoritedById !== undefined && { favoritedById }),
  }
}
