import { describe, expect, test } from '@jest/globals'
import type { Cast } from './cast.js'

export const requestsSuite = (cast: Cast, url: () => string): void => {
  const { ask, get, post, del } = cast.client
  describe('what real clients do works', () => {
    test('a slash at the end, a content type without a body, a limit of 500', async () => {
      expect((await get('/api/articles/')).status).toBe(200)
      const headers = { 'content-type': 'application/json' }
      const { slug } = (await cast.write('For clients')).body.article
      expect((await post(`/api/articles/${slug}/favorite`, { token: cast.ben.token, headers })).status).toBe(200)
      expect((await del(`/api/articles/${slug}/favorite`, { token: cast.ben.token, headers })).status).toBe(200)
      expect((await get('/api/articles?limit=500')).status).toBe(200)
    })

    test('a page of another origin may ask, and read what stands beside the body', async () => {
      const origin = 'https://front.example'
      const preflight = await ask('OPTIONS', '/api/articles', {
        headers: {
          origin,
          'access-control-request-method': 'POST',
          'access-control-request-headers': 'authorization,content-type',
        },
      })
      expect(preflight.status).toBe(204)
      expect(preflight.headers.get('access-control-max-age')).toBe('7200')
      expect(preflight.headers.get('access-control-allow-headers')?.toLowerCase()).toContain('authorization')
      const { headers } = await get('/api/articles', { headers: { origin } })
      expect(headers.get('access-control-allow-origin')).toBe('*')
      for (const name of ['Server-Timing', 'ETag', 'Retry-After']) {
        expect(headers.get('access-control-expose-headers')).toContain(name)
      }
    })
  })

  describe('bad requests are told in the same form', () => {
    const raw = async (init: RequestInit, path = '/api/users') => {
      const res = await fetch(url() + path, { method: 'POST', ...init })
      const { errors } = (await res.json()) as { errors: object }
      return [res.status, Object.keys(errors)]
    }
    const json = { 'content-type': 'application/json' }
    const tooLarge = JSON.stringify({ user: { username: 'x'.repeat(100_001) } })
    test.each<[string, RequestInit, number, string]>([
      ['malformed', { headers: json, body: '{"user":' }, 400, 'request'],
      ['no object', { headers: json, body: '"text"' }, 400, 'request'],
      ['another content type', { headers: { 'content-type': 'text/plain' }, body: '{}' }, 415, 'body'],
      ['too large', { headers: json, body: tooLarge }, 413, 'body'],
    ])('%s', async (_what, init, status, field) => {
      expect(await raw(init)).toEqual([status, [field]])
    })

    test('an unknown path is 404, a wrong method 405 with what is allowed', async () => {
      expect((await get('/api/nothing')).status).toBe(404)
      const answer = await del('/api/articles')
      expect(answer.status).toBe(405)
      expect(answer.headers.get('allow')?.split(', ').toSorted()).toEqual(['GET', 'HEAD', 'OPTIONS', 'POST'])
    })

    test('NUL and lone surrogates are refused wherever a string is taken', async () => {
      for (const evil of ['a\u0000b', 'a\ud800b']) {
        const { status, body } = await post('/api/users', {
          json: { user: { username: evil, email: 'x@y.z', password: 'long enough' } },
        })
        expect([status, body]).toEqual([422, { errors: { username: ['is invalid'] } }])
      }
    })
  })
}
