import type { Random } from '@fastpath/fixtures'
import type { ConduitClient } from '@fastpath/testing'
import { expect } from '@jest/globals'

/** How a user of a test plays. */
export interface Play {
  readonly random: Random
  /** Whom writes go to, and whom reads. */
  readonly write: () => ConduitClient
  readonly read: () => ConduitClient
  /** Without it all readers are signed in. */
  readonly anonymous: boolean
  /** Whether a refusal is an answer, and not a fault of the test. */
  readonly mayRefuse: boolean
}

/** Somebody who writes and reads at random, knows what they have written last, and fails where they are shown something else. */
export const createRandomUser = async (name: string, { random, write, read, anonymous, mayRefuse }: Play) => {
  const email = `${name}@example.com`
  const { body } = await write().post('/api/users', {
    json: { user: { username: name, email, password: 'correct horse' } },
  })
  const token: string = body.user.token
  const tag = `tag-${name}`
  let [username, bio, count] = [name, null as string | null, 0]
  let article: { slug: string; title: string; tagged: boolean; favorited: boolean } | undefined
  let gone: string | undefined
  /** Of the one comment below the article. */
  let said: { id: number; body: string } | undefined

  const ask = async (path: string) => {
    const signed = !anonymous || random.below(2) === 0
    const answer = await read().get(path, signed ? { token } : {})
    if (mayRefuse && answer.status >= 503) return undefined
    return answer
  }
  const written = async (method: string, path: string, json?: unknown) => {
    const answer = await write().ask(method, path, { token, ...(json !== undefined && { json }) })
    expect([method, path, answer.status, answer.status < 300 || answer.body]).toEqual([
      method,
      path,
      answer.status,
      true,
    ])
    return answer.body
  }

  const writes: Record<string, () => Promise<void>> = {
    async bio() {
      bio = `bio ${++count}`
      await written('PUT', '/api/user', { user: { bio } })
    },
    async rename() {
      username = `${name}-${++count}`
      await written('PUT', '/api/user', { user: { username } })
    },
    async article() {
      if (article) {
        gone = article.slug
        article = undefined
        said = undefined
        await written('DELETE', `/api/articles/${gone}`)
      } else {
        const title = `Of ${name} ${++count}`
        const made = await written('POST', '/api/articles', {
          article: { title, description: 'd', body: 'b', tagList: [tag] },
        })
        article = { slug: made.article.slug, title, tagged: true, favorited: false }
      }
    },
    async title() {
      if (!article) return
      const title = `By ${name} ${++count}`
      const { body: _, ...changed } = (await written('PUT', `/api/articles/${article.slug}`, { article: { title } }))
        .article
      gone = article.slug
      article = { ...article, title, slug: changed.slug }
    },
    async tags() {
      if (!article) return
      const tagged = !article.tagged
      await written('PUT', `/api/articles/${article.slug}`, { article: { tagList: tagged ? [tag] : [] } })
      article = { ...article, tagged }
    },
    async comment() {
      if (!article) return
      const path = `/api/articles/${article.slug}/comments`
      const before = said
      if (before) {
        said = undefined
        await written('DELETE', `${path}/${before.id}`)
      } else {
        const body = `said ${++count}`
        said = { id: (await written('POST', path, { comment: { body } })).comment.id, body }
      }
    },
    async favorite() {
      if (!article) return
      const favorited = !article.favorited
      await written(favorited ? 'POST' : 'DELETE', `/api/articles/${article.slug}/favorite`)
      article = { ...article, favorited }
    },
  }

  const listed = () => (article ? [{ slug: article.slug, title: article.title }] : [])
  const list = async (query: string, expected: readonly object[]) => {
    const answer = await ask(`/api/articles?${query}`)
    if (!answer) return
    const { articles = [], articlesCount } = answer.body
    expect([query, articlesCount, articles]).toEqual([
      query,
      expected.length,
      expected.map((it) => expect.objectContaining(it)),
    ])
  }
  const favorites = () => Number(article?.favorited ?? false)
  const reads: Record<string, () => Promise<void>> = {
    async profile() {
      const answer = await ask(`/api/profiles/${username}`)
      if (answer) expect(answer.body).toMatchObject({ profile: { username, bio } })
    },
    byAuthor: () =>
      list(
        `author=${username}`,
        listed().map((it) => ({
          ...it,
          favoritesCount: favorites(),
          author: expect.objectContaining({ username, bio }),
        })),
      ),
    byTag: () => list(`tag=${tag}`, article?.tagged ? listed() : []),
    byFavorite: () => list(`favorited=${username}`, article?.favorited ? listed() : []),
    async article() {
      const answer = article && (await ask(`/api/articles/${article.slug}`))
      if (answer)
        expect(answer.body.article).toMatchObject({
          ...listed()[0],
          favoritesCount: favorites(),
          author: { username, bio },
        })
    },
    async comments() {
      const answer = article && (await ask(`/api/articles/${article.slug}/comments`))
      if (answer) expect(answer.body.comments).toEqual(said ? [expect.objectContaining(said)] : [])
    },
    async gone() {
      if (gone === undefined) return
      for (const path of [`/api/articles/${gone}`, `/api/articles/${gone}/comments`]) {
        const answer = await ask(path)
        if (answer) expect([path, answer.status]).toEqual([path, 404])
      }
    },
  }
  return {
    writes: Object.values(writes),
    reads: Object.values(reads),
    get last() {
      return { path: `/api/profiles/${username}`, bio }
    },
    setBio: writes.bio as () => Promise<void>,
  }
}
