import { describe, expect, test } from '@jest/globals'
import type { Cast } from './cast.js'
import { blank, isoTime, notFound, said } from './wording.js'

export const articlesSuite = (cast: Cast): void => {
  const { get, post, put, del } = cast.client
  describe('an article', () => {
    test('is written with its tags in order, read by anybody, and found in lists without its body', async () => {
      const tag = `tag-${Date.now().toString(36)}`
      const { status, body } = await cast.write('Größe und Maß', ['zeta', ` ${tag} `, 'alpha', 'zeta', ''])
      expect(status).toBe(201)
      const { article } = body
      expect(article).toEqual({
        slug: expect.stringMatching(/^[a-z0-9-]+$/),
        title: 'Größe und Maß',
        description: 'About it',
        body: 'All of it',
        tagList: ['alpha', tag, 'zeta'],
        createdAt: isoTime,
        updatedAt: isoTime,
        favorited: false,
        favoritesCount: 0,
        author: { username: cast.ann.username, bio: null, image: null, following: false },
      })
      expect((await get(`/api/articles/${article.slug}`)).body).toEqual({ article })
      const { body: _body, ...listed } = article
      expect((await get(`/api/articles?tag=${tag}`)).body).toEqual({ articles: [listed], articlesCount: 1 })
      expect((await get('/api/articles?limit=500')).body.articles[0]).toEqual(listed)
      expect((await get('/api/tags')).body.tags).toEqual(expect.any(Array))
    })

    test('shares its title with others, never its slug', async () => {
      const [first, second] = await Promise.all([cast.write('The same'), cast.write('The same')])
      expect([first.status, second.status]).toEqual([201, 201])
      expect(first.body.article.slug).not.toBe(second.body.article.slug)
    })

    test.each([['Привет, мир'], ['你好，世界'], ['🎉🎉'], ['feed']])(
      'has a slug whatever it is called: %s',
      async (title) => {
        const { body } = await cast.write(title)
        expect(body.article.slug).toMatch(/^[a-z0-9]+(-[a-z0-9]+)*$/)
        expect((await get(`/api/articles/${body.article.slug}`)).body.article.title).toBe(title)
      },
    )

    test('keeps what a change leaves out; an empty list removes the tags, null is refused', async () => {
      const { slug } = (await cast.write('To be changed', ['one', 'two'])).body.article
      const change = (article: object, at = slug) =>
        put(`/api/articles/${at}`, { token: cast.ann.token, json: { article } })
      const changed = (await change({ body: 'Less' })).body.article
      expect(changed).toMatchObject({ title: 'To be changed', body: 'Less', tagList: ['one', 'two'] })
      expect((await change({ tagList: [] }, changed.slug)).body.article.tagList).toEqual([])
      expect(said(await change({ tagList: null }, changed.slug))).toEqual([422, blank('tagList')])
      expect(said(await change({ title: '' }, changed.slug))).toEqual([422, blank('title')])
    })

    test('is refused without its parts', async () => {
      expect(said(await post('/api/articles', { token: cast.ann.token, json: { article: {} } }))).toEqual([
        422,
        blank('title', 'description', 'body'),
      ])
      expect(said(await post('/api/articles', { token: cast.ann.token, json: {} }))).toEqual([422, blank('article')])
    })

    test('is deleted, and then gone', async () => {
      const { slug } = (await cast.write('Short-lived')).body.article
      expect(said(await del(`/api/articles/${slug}`, { token: cast.ann.token }))).toEqual([204, undefined])
      expect(said(await get(`/api/articles/${slug}`))).toEqual([404, notFound('article')])
    })

    test('is a favourite once, however often it is said, and told to that reader alone', async () => {
      const { slug } = (await cast.write('Liked')).body.article
      const favourite = () => post(`/api/articles/${slug}/favorite`, { token: cast.ben.token })
      await favourite()
      expect((await favourite()).body.article).toMatchObject({ favorited: true, favoritesCount: 1 })
      const seenBy = async (token?: string) => (await get(`/api/articles/${slug}`, { token })).body.article
      expect(await seenBy(cast.ben.token)).toMatchObject({ favorited: true, favoritesCount: 1 })
      expect(await seenBy()).toMatchObject({ favorited: false, favoritesCount: 1 })
      const list = await get(`/api/articles?favorited=${cast.ben.username}`, { token: cast.ben.token })
      expect(list.body.articles).toMatchObject([{ slug, favorited: true }])
      const unfavourite = () => del(`/api/articles/${slug}/favorite`, { token: cast.ben.token })
      await unfavourite()
      expect((await unfavourite()).body.article).toMatchObject({ favorited: false, favoritesCount: 0 })
    })
  })
}
