import { createHmac } from 'node:crypto'
import { beforeAll, describe, expect, test } from '@jest/globals'
import type { Cast } from './cast.js'
import { forbidden, missingToken, notFound, said } from './wording.js'

export const belongingSuite = (cast: Cast): void => {
  const { ask, get, post, put, del } = cast.client
  describe('nobody where they don’t belong', () => {
    let slug: string
    let commentPath: string
    beforeAll(async () => {
      slug = (await cast.write('Not yours')).body.article.slug
      const path = `/api/articles/${slug}/comments`
      const { body } = await post(path, { token: cast.ann.token, json: { comment: { body: 'Nor this' } } })
      commentPath = `${path}/${body.comment.id}`
    })

    test('another’s article and comment can’t be changed or deleted', async () => {
      const as = { token: cast.ben.token }
      expect(said(await put(`/api/articles/${slug}`, { ...as, json: { article: { body: 'Mine' } } }))).toEqual([
        403,
        forbidden('article'),
      ])
      expect(said(await del(`/api/articles/${slug}`, as))).toEqual([403, forbidden('article')])
      expect(said(await del(commentPath, as))).toEqual([403, forbidden('comment')])
      expect((await get(`/api/articles/${slug}`)).body.article.body).toBe('All of it')
    })

    const needsToken: [string, string][] = [
      ['GET', '/api/user'],
      ['PUT', '/api/user'],
      ['GET', '/api/articles/feed'],
      ['POST', '/api/articles'],
      ['PUT', '/api/articles/no-such-article'],
      ['DELETE', '/api/articles/no-such-article'],
      ['POST', '/api/articles/no-such-article/favorite'],
      ['DELETE', '/api/articles/no-such-article/favorite'],
      ['POST', '/api/articles/no-such-article/comments'],
      ['DELETE', '/api/articles/no-such-article/comments/1'],
      ['POST', '/api/profiles/nobody-of-this-name/follow'],
      ['DELETE', '/api/profiles/nobody-of-this-name/follow'],
    ]
    test.each(needsToken)('%s %s tells of a missing token first', async (method, path) => {
      expect(said(await ask(method, path))).toEqual([401, missingToken])
    })

    test.each(needsToken.filter(([, path]) => /no-such|nobody/.test(path)))(
      '%s %s does not find it',
      async (method, path) => {
        const json = path.endsWith('comments') ? { comment: { body: 'x' } } : { article: { body: 'x' } }
        const what = path.startsWith('/api/profiles') ? 'profile' : 'article'
        const answer = await ask(method, path, { token: cast.ben.token, ...(method === 'DELETE' ? {} : { json }) })
        expect(said(answer)).toEqual([404, notFound(what)])
      },
    )

    test('a forged token is nobody’s, on public reads too', async () => {
      const [, claims, signature] = cast.ann.token.split('.') as [string, string, string]
      const encoded = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url')
      const header = JSON.parse(Buffer.from(cast.ann.token.split('.')[0] ?? '', 'base64url').toString())
      const signed = (head: object, body: string) => {
        const text = `${encoded(head)}.${body}`
        return `${text}.${createHmac('sha256', 'another key').update(text).digest('base64url')}`
      }
      const forged = [
        `${encoded({ ...header, alg: 'none' })}.${claims}.`,
        `${encoded({ ...header, alg: 'none' })}.${claims}.${signature}`,
        signed(header, claims),
        signed({ ...header, alg: 'HS256' }, claims),
        cast.ann.token.slice(0, -10),
        `${cast.ann.token.split('.')[0]}.${encoded({ sub: '1' })}.${signature}`,
        'a.b.c',
        'x',
      ]
      for (const token of forged) {
        expect((await get('/api/user', { token })).status).toBe(401)
        expect((await get('/api/articles', { token })).status).toBe(401)
      }
      expect((await get('/api/user', { headers: { authorization: `Bearer ${cast.ann.token}` } })).status).toBe(200)
    })
  })
}
