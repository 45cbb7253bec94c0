import { expect, test } from '@jest/globals'
import type { Cast } from './cast.js'
import { type Answer, registerPerson } from './client.js'
import { blank, isoTime, notFound, said } from './wording.js'

export const readersSuite = (cast: Cast): void => {
  const { get, post, del } = cast.client
  test('a comment is written, listed with its author, and deleted', async () => {
    const { slug } = (await cast.write('Discussed')).body.article
    const path = `/api/articles/${slug}/comments`
    const { status, body } = await post(path, { token: cast.ben.token, json: { comment: { body: 'Well said' } } })
    expect(status).toBe(201)
    const { comment } = body
    expect(comment).toEqual({
      id: expect.any(Number),
      createdAt: isoTime,
      updatedAt: isoTime,
      body: 'Well said',
      author: { username: cast.ben.username, bio: null, image: null, following: false },
    })
    expect((await get(path)).body).toEqual({ comments: [comment] })
    expect(said(await post(path, { token: cast.ben.token, json: { comment: { body: '' } } }))).toEqual([
      422,
      blank('body'),
    ])
    expect(said(await del(`${path}/${comment.id}`, { token: cast.ben.token }))).toEqual([204, undefined])
    expect((await get(path)).body).toEqual({ comments: [] })
    expect(said(await del(`${path}/${comment.id}`, { token: cast.ben.token }))).toEqual([404, notFound('comment')])
  })

  test('whom one follows stands in profiles, lists, articles and comments, and fills the personal feed', async () => {
    const reader = await registerPerson(cast.client, 'reader')
    const { token } = reader
    const { article } = (await cast.write('For followers')).body
    const { slug } = article
    const feed = async () => (await get('/api/articles/feed', { token })).body
    expect(await feed()).toEqual({ articles: [], articlesCount: 0 })

    const path = `/api/profiles/${cast.ann.username}`
    const profile = { username: cast.ann.username, bio: null, image: null, following: true }
    const follow = () => post(`${path}/follow`, { token, json: {} })
    await follow()
    expect((await follow()).body).toEqual({ profile })
    await post(`/api/articles/${slug}/comments`, { token: cast.ann.token, json: { comment: { body: 'Mine' } } })
    const followingIn = async (url: string, pick: (body: Answer['body']) => { following: boolean }) => [
      pick((await get(url, { token })).body).following,
      pick((await get(url)).body).following,
    ]
    expect(await followingIn(path, (body) => body.profile)).toEqual([true, false])
    expect(await followingIn(`/api/articles/${slug}`, (body) => body.article.author)).toEqual([true, false])
    expect(await followingIn(`/api/articles?author=${cast.ann.username}`, (body) => body.articles[0].author)).toEqual([
      true,
      false,
    ])
    expect(await followingIn(`/api/articles/${slug}/comments`, (body) => body.comments[0].author)).toEqual([
      true,
      false,
    ])

    const { articles, articlesCount } = await feed()
    expect(articles[0]).toMatchObject({ slug, author: profile })
    expect(articles[0]).not.toHaveProperty('body')
    expect(articlesCount).toBe(articles.length)
    expect((await get('/api/articles/feed?limit=1', { token })).body).toMatchObject({ articlesCount })

    const unfollowed = await del(`${path}/follow`, { token })
    expect(unfollowed.body).toEqual({ profile: { ...profile, following: false } })
    expect(await feed()).toEqual({ articles: [], articlesCount: 0 })
  })
}
