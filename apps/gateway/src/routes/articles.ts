import { getArticle, getArticles, headArticle, maxPageSize, type QueryOf, ServiceError } from '@fastpath/contracts'
import type { Call } from '@fastpath/timing'
import { type Answer, answer } from '../answer.js'
import type { Clients } from '../clients.js'
import { formatCursor, parseCursor } from '../cursor.js'
import { authorIds, presentArticle, presentListedArticle } from '../present/articles.js'

export const articles = ({ feed, user }: Clients): Answer[] => [
  answer(getArticles, async (call, { query, res }) => {
    const filter = await resolveFilter(user, call, query)
    if (!filter) return { articles: [], articlesCount: 0 }
    const page = await feed.listArticles(call, {
      ...filter,
      limit: Math.min(query.limit, maxPageSize),
      offset: query.offset,
      ...(query.cursor !== undefined && { after: parseCursor(query.cursor) }),
    })
    if (page.next) res.setHeader('link', `<${nextPath(query, formatCursor(page.next))}>; rel="next"`)
    const { profiles } = await profilesOf(user, call, authorIds(page.articles))
    return { articles: page.articles.map(presentListedArticle(profiles)), articlesCount: page.count }
  }),

  answer(headArticle, async (call, { params }) => {
    const { exists } = await feed.articleExists(call, { slug: params.slug })
    if (!exists)
      throw new ServiceError('NOT_FOUND', `no article ${params.slug}`, { fields: { article: ['not found'] } })
  }),

  answer(getArticle, async (call, { params }) => {
    const article = await feed.getArticle(call, { slug: params.slug })
    const { profiles } = await user.getProfiles(call, { ids: [article.authorId] })
    return { article: presentArticle(profiles)(article) }
  }),
]

type Query = QueryOf<typeof getArticles>

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

const profilesOf = async (user: Clients['user'], call: Call, ids: number[]) =>
  ids.length === 0 ? { profiles: [] } : user.getProfiles(call, { ids })

const nextPath = ({ tag, author, favorited, limit }: Query, cursor: string): string => {
  const query = new URLSearchParams()
  for (const [name, value] of Object.entries({ tag, author, favorited }))
    if (value !== undefined) query.set(name, value)
  query.set('limit', String(limit))
  query.set('cursor', cursor)
  return `${getArticles.path}?${query}`
}
