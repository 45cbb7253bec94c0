import type { ArticlePage } from '@fastpath/contracts'
import type { Call } from '@fastpath/timing'
import type { Clients } from './clients.js'
import { type Author, presentAuthors } from './present/profiles.js'

/** What stands around articles in an answer: their authors, and what the reader has to do with both. */
export interface Surroundings {
  readonly authors: ReadonlyMap<number, Author>
  /** Ids of the articles that the reader has favourited. */
  readonly favorites: ReadonlySet<number>
}

/** What is known already and need not be asked for. */
export interface Known {
  /** Whether the reader follows all of the authors, or favourites all of the articles, or none. */
  readonly following?: boolean
  readonly favorited?: boolean
}

interface Written {
  readonly id: number
  readonly authorId: number
}

/** Whatever a page of articles needs beside itself: at most three calls side by side, however long it is. */
export const surroundingsOf = async (
  { feed, user }: Clients,
  call: Call,
  articles: readonly Written[],
  known: Known = {},
): Promise<Surroundings> => {
  const articleIds = articles.map(({ id }) => id)
  const [authors, favorites] = await Promise.all([
    authorsOf(user, call, articles, known),
    known.favorited === undefined && call.viewer !== null && articleIds.length > 0
      ? feed.getFavorites(call, { articleIds }).then((found) => found.articleIds)
      : known.favorited
        ? articleIds
        : [],
  ])
  return { authors, favorites: new Set(favorites) }
}

/** A page of articles with what stands around them: all that its text is made of. */
export interface SurroundedPage extends Pick<ArticlePage, 'articles' | 'count'> {
  readonly surroundings: Surroundings
}

export const surroundedPage = async (
  clients: Clients,
  call: Call,
  { articles, count }: ArticlePage,
  known?: Known,
): Promise<SurroundedPage> => ({
  articles,
  count,
  surroundings: await surroundingsOf(clients, call, articles, known),
})

export const emptyPage: SurroundedPage = {
  articles: [],
  count: 0,
  surroundings: { authors: new Map(), favorites: new Set() },
}

/** The authors of articles or comments by id, as the reader sees them: each of them once. */
export const authorsOf = async (
  user: Clients['user'],
  call: Call,
  written: readonly Pick<Written, 'authorId'>[],
  { following }: Pick<Known, 'following'> = {},
): Promise<ReadonlyMap<number, Author>> => {
  const ids = [...new Set(written.map(({ authorId }) => authorId))]
  if (ids.length === 0) return new Map()
  const [{ profiles }, followed] = await Promise.all([
    user.getProfiles(call, { ids }),
    following === undefined && call.viewer !== null
      ? user.getFollows(call, { ids }).then((found) => found.ids)
      : following
        ? ids
        : [],
  ])
  return presentAuthors(profiles, new Set(followed))
}
