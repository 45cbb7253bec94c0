import { describe, expect, test } from '@jest/globals'
import type { Cast } from './cast.js'
import { registerPerson } from './client.js'
import { blank, said, taken } from './wording.js'

export const accountsSuite = (cast: Cast): void => {
  const { get, post, put } = cast.client
  describe('an account', () => {
    test('is registered, with a token and nothing else yet', async () => {
      const username = `new-${Date.now().toString(36)}`
      const user = { username, email: `${username}@example.com`, password: '12345678' }
      const { status, headers, body } = await post('/api/users', { json: { user } })
      expect([status, body]).toEqual([
        201,
        { user: { username, email: user.email, bio: null, image: null, token: expect.any(String) } },
      ])
      const timing = headers.get('server-timing')
      expect(timing === null || /^total;dur=[\d.]+(, edge;desc="nginx";dur=\d+)?$/.test(timing)).toBe(true)
    })

    test('is refused where its name or address is taken, in any case', async () => {
      const other = { username: 'x', email: 'x@y.z', password: 'long enough' }
      const asked = (user: object) => post('/api/users', { json: { user } })
      expect(said(await asked({ ...other, username: cast.ann.username.toUpperCase() }))).toEqual([
        409,
        taken('username'),
      ])
      expect(
        said(await asked({ ...other, username: `${cast.ann.username}2`, email: cast.ann.email.toUpperCase() })),
      ).toEqual([409, taken('email')])
    })

    test.each([[{}], [{ username: '', email: '', password: '' }], [{ username: null, email: null, password: null }]])(
      'is refused without its parts: %j',
      async (user) => {
        expect(said(await post('/api/users', { json: { user } }))).toEqual([
          422,
          blank('username', 'email', 'password'),
        ])
      },
    )

    test('logs in by its address in any case, and by nothing else', async () => {
      const logIn = (email: string, password: string) =>
        post('/api/users/login', { json: { user: { email, password } } })
      const { status, body } = await logIn(cast.ann.email.toLowerCase(), cast.ann.password)
      expect([status, body.user.username]).toEqual([200, cast.ann.username])
      const refused = [401, { errors: { credentials: ['invalid'] } }]
      expect(said(await logIn(cast.ann.email, 'wrong password'))).toEqual(refused)
      expect(said(await logIn('nobody@example.com', cast.ann.password))).toEqual(refused)
      expect(said(await logIn('', ''))).toEqual([422, blank('email', 'password')])
    })

    test('reads itself, and changes what is given alone', async () => {
      const { token, username, email } = await registerPerson(cast.client, 'eve')
      const change = (user: object, as = token) => put('/api/user', { token: as, json: { user } })
      expect((await get('/api/user', { token })).body).toEqual({
        user: { username, email, bio: null, image: null, token },
      })
      const { body } = await change({ bio: 'Writes', image: 'https://example.com/e.png' })
      expect(body.user).toMatchObject({ username, email, bio: 'Writes', image: 'https://example.com/e.png' })
      expect((await change({ bio: null })).body.user).toMatchObject({ bio: null, image: 'https://example.com/e.png' })
      expect((await change({ image: '' })).body.user).toMatchObject({ bio: null, image: null })
      expect(said(await change({ username: '', email: null, password: '' }))).toEqual([
        422,
        blank('username', 'email', 'password'),
      ])
      expect(said(await change({ username: cast.ben.username }))).toEqual([409, taken('username')])
      const changed = await change({ password: 'another horse' })
      expect((await get('/api/user', { token: changed.body.user.token })).status).toBe(200)
    })
  })
}
