import type { Cache, Caches } from '@fastpath/caching'
import {
  type ArticlePage,
  type ArticleRecord,
  cacheTags,
  compileLayout,
  feedContract,
  type ListArticles,
  ServiceError,
  tagsOfPage,
  type UserProfile,
  userContract,
} from '@fastpath/contracts'
import type { Call } from '@fastpath/timing'
import type { Clients } from '../clients.js'

export interface CachedClientsOptions {
  /** Of all caches together, in memory. */
  readonly maxBytes: number
  /** Told of every look-up of a page or an article. */
  readonly onUse?: (call: Call, use: CacheUse) => void
}

/** What a reader has asked for, as its cache knows it. */
export interface CacheUse {
  readonly kind: 'page' | 'article'
  readonly key: string
}

const second = 1_000
const minute = 60 * second
/** Invalidated when they change, so these times only bound what a lost word could do; where services are away old ones stand in. */
const shared = { softTtlMs: minute, hardTtlMs: 2 * minute, errorTtlMs: 60 * minute }

/**
 * The same clients with a memory: what is the same for every reader is asked for once, and again when its service says
 * that it has changed. What depends on the viewer is not kept, but for whom they follow, under their own id.
 */
export const cachedClients = (
  { feed, user }: Clients,
  caches: Pick<Caches, 'cache'>,
  { maxBytes, onUse = () => {} }: CachedClientsOptions,
): Clients => {
  const memory = (share: number) => ({ maxBytes: Math.floor(maxBytes * share) })

  const pages = caches.cache<string, ArticlePage>({
    name: 'article-pages',
    memory: memory(0.45),
    layout: feedContract.listArticles.output,
    ...shared,
    tags: (key, page) => tagsOfPage(inputOfPage(key), page?.articles ?? []),
  })
  const articles = caches.cache<string, ArticleRecord>({
    name: 'articles-by-slug',
    memory: memory(0.25),
    layout: feedContract.getArticle.output,
    ...shared,
    tags: (slug, article) => [article ? cacheTags.article(article.id) : cacheTags.slug(slug)],
  })
  const popularTags = caches.cache<string, { tags: string[] }>({
    name: 'popular-tags',
    memory: memory(0.01),
    layout: feedContract.listTags.output,
    ...shared,
    tags: () => [cacheTags.popularTags],
  })
  const profiles = caches.cache<number, UserProfile>({
    name: 'profiles',
    memory: memory(0.15),
    layout: userContract.getProfile.output,
    ...shared,
    softTtlMs: 5 * minute,
    hardTtlMs: 6 * minute,
    tags: (id) => [cacheTags.user(id)],
  })
  const named = (_name: string, found: { readonly id: number } | undefined) => [
    found ? cacheTags.user(found.id) : cacheTags.unknownNames,
  ]
  const profilesByName = caches.cache<string, UserProfile>({
    name: 'profiles-by-name',
    memory: memory(0.07),
    layout: userContract.getProfile.output,
    ...shared,
    tags: named,
  })
  const userNames = caches.cache<string, UserName>({
    name: 'user-names',
    memory: memory(0.02),
    layout: userNameLayout,
    ...shared,
    tags: named,
  })
  const followed = caches.cache<number, { ids: number[] }>({
    name: 'followed-ids',
    memory: memory(0.05),
    layout: userContract.listFollowed.output,
    softTtlMs: 30 * second,
    tags: (viewerId) => [cacheTags.followedBy(viewerId)],
  })

  return {
    feed: {
      ...feed,
      async listArticles(call, input) {
        if (!isHot(input)) return feed.listArticles(call, input)
        const key = keyOfPage(input)
        onUse(call, { kind: 'page', key })
        return known(await pages.get(call, key, (call) => feed.listArticles(call, input)), 'page')
      },
      async getArticle(call, { slug }) {
        onUse(call, { kind: 'article', key: slug })
        const article = await articles.get(call, slug, (call) => orNone(feed.getArticle(call, { slug })))
        return known(article, 'article')
      },
      // EXISTS costs less than an article, so that is not loaded for it.
      async articleExists(call, input) {
        const found = articles.peek(input.slug)
        if (!found) return feed.articleExists(call, input)
        call.trace.describe('cache', found.state)
        return { exists: found.value !== undefined }
      },
      async listTags(call, input) {
        return known(await popularTags.get(call, 'all', (call) => feed.listTags(call, input)), 'tags')
      },
    },
    user: {
      ...user,
      async getProfiles(call, { ids }) {
        const found = await profiles.getMany(call, ids, async (call, ids) =>
          byKey((await user.getProfiles(call, { ids: [...ids] })).profiles, ({ id }) => id),
        )
        return { profiles: found.filter((profile) => profile !== undefined) }
      },
      async getProfile(call, { username }) {
        const load: LoadProfile = (call) => orNone(user.getProfile(call, { username }))
        return known(await profilesByName.get(call, username, load), 'profile')
      },
      async findUsers(call, { usernames }) {
        const found = await userNames.getMany(call, usernames, async (call, names) => {
          const { users } = await user.findUsers(call, { usernames: [...names] })
          const byName = byKey(users, ({ username }) => username.toLowerCase())
          return new Map(names.map((name) => [name, byName.get(name.toLowerCase())]))
        })
        return { users: found.filter((user) => user !== undefined) }
      },
      async listFollowed(call, input) {
        const { viewer } = call
        if (!viewer) return user.listFollowed(call, input)
        const load: Parameters<typeof followed.get>[2] = (call) => {
          call.viewer = viewer
          return user.listFollowed(call, input)
        }
        return known(await followed.get(call, viewer.id, load), 'follows')
      },
    },
  }
}

type LoadProfile = Parameters<Cache<string, UserProfile>['get']>[2]

interface UserName {
  id: number
  username: string
}
const userNameLayout = compileLayout<UserName>({
  type: 'object',
  properties: { id: { type: 'integer' }, username: { type: 'string' } },
  required: ['id', 'username'],
})

/** The beginning of a list, which most readers see. Deep pages are seldom seen twice, and would push out the others. */
const isHot = ({ offset, limit, after }: ListArticles) => after === undefined && offset + limit <= hottest
const hottest = 200

/** Everything that a page depends on, in one order. */
export const keyOfPage = ({ limit, offset, tag, authorId, favoritedById }: ListArticles): string =>
  JSON.stringify([limit, offset, authorId ?? 0, favoritedById ?? 0, tag])

/** What was asked for of a page with this key. */
export const inputOfPage = (key: string): ListArticles => {
  const [limit, offset, authorId, favoritedById, tag] = JSON.parse(key) as [number, number, number, number, unknown]
  return {
    limit,
    offset,
    ...(authorId !== 0 && { authorId }),
    ...(favoritedById !== 0 && { favoritedById }),
    ...(typeof tag === 'string' && { tag }),
  }
}

const byKey = <K, V>(values: readonly V[], keyOf: (value: V) => K) =>
  new Map<K, V>(values.map((value) => [keyOf(value), value]))

/** That there is none is worth knowing too, for a second. */
const orNone = <T>(answer: Promise<T>): Promise<T | undefined> =>
  answer.catch((error) => {
    if (error instanceof ServiceError && error.code === 'NOT_FOUND') return undefined
    throw error
  })

const known = <T>(value: T | undefined, what: string): T => {
  if (value !== undefined) return value
  throw new ServiceError('NOT_FOUND', `no such ${what}`, { fields: { [what]: ['not found'] } })
}
