import { randomBytes } from 'node:crypto'
import { expect, test } from '@jest/globals'
import fc from 'fast-check'
import { SignJWT, UnsecuredJWT } from 'jose'
import { createTokens } from './tokens.js'

const key = (id: string) => ({ id, secret: new Uint8Array(randomBytes(32)) })
const current = key('current')
const tokens = createTokens({ keys: [current], ttlSeconds: 3_600 })
const claims = { accountId: 7, generation: 3 }

const invalid = { code: 'UNAUTHENTICATED', fields: { token: ['is invalid'] } }
const refused = (token: string) => expect(tokens.verify(token)).rejects.toMatchObject(invalid)

const nowSeconds = () => Math.floor(Date.now() / 1000)
/** A token as ours are, but for what a test changes. */
const forge = ({
  header = {},
  payload = {},
  secret = current.secret,
}: {
  header?: object
  payload?: object
  secret?: Uint8Array
}) =>
  new SignJWT({
    sub: '7',
    gen: 3,
    iss: 'fastpath',
    aud: 'fastpath-api',
    iat: nowSeconds(),
    exp: nowSeconds() + 60,
    ...payload,
  })
    .setProtectedHeader({ alg: 'HS256', kid: 'current', ...header })
    .sign(secret)

test('what was signed is read again, with the moment at which it ends', async () => {
  const before = nowSeconds()
  const read = await tokens.verify(await tokens.sign(claims))
  expect(read).toMatchObject(claims)
  expect(read.expiresAt).toBeGreaterThanOrEqual((before + 3_600) * 1000)
  expect(read.expiresAt).toBeLessThanOrEqual((nowSeconds() + 3_600) * 1000)
  // So what is refused below is refused for what it changes.
  expect(await tokens.verify(await forge({}))).toMatchObject(claims)
})

test.each<[string, Parameters<typeof forge>[0]]>([
  ['another key', { secret: randomBytes(32) }],
  ['a key id that is not ours', { header: { kid: 'other' } }],
  ['no key id', { header: { kid: undefined } }],
  [
    'another algorithm with the right key',
    { header: { alg: 'HS512' }, secret: Buffer.concat([current.secret, current.secret]) },
  ],
  ['another audience', { payload: { aud: 'somebody-else' } }],
  ['another issuer', { payload: { iss: 'somebody-else' } }],
  ['an expiry that has passed', { payload: { exp: nowSeconds() - 1 } }],
  ['no expiry', { payload: { exp: undefined } }],
  ['a beginning that has not come', { payload: { nbf: nowSeconds() + 60 } }],
  ['no generation', { payload: { gen: undefined } }],
  ['nobody in it', { payload: { sub: undefined } }],
])('a token of %s is refused', async (_, forgery) => {
  await refused(await forge(forgery))
})

test('a token without a signature is refused, whatever its header claims', async () => {
  const unsigned = new UnsecuredJWT({ gen: 3 })
    .setSubject('7')
    .setIssuer('fastpath')
    .setAudience('fastpath-api')
    .setExpirationTime('1h')
    .encode()
  await refused(unsigned)
  const [header, payload] = (await tokens.sign(claims)).split('.')
  await refused(`${header}.${payload}.`)
})

test('a token that was cut, changed in any character, or never was one is refused', async () => {
  const token = await tokens.sign(claims)
  const { length } = token
  // The last character holds bits that belong to no byte, so it may change and mean the same.
  const change = (at: number) => `${token.slice(0, at)}${token[at] === 'A' ? 'B' : 'A'}${token.slice(at + 1)}`
  await fc.assert(fc.asyncProperty(fc.nat(length - 2), async (at) => refused(token.slice(0, at + 1))))
  await fc.assert(fc.asyncProperty(fc.nat(length - 2), async (at) => refused(change(at))))
  await fc.assert(fc.asyncProperty(fc.string({ unit: 'binary' }), refused))
})

test('in a rotation the old key’s tokens stay good, the new key signs, and a key that left verifies nothing', async () => {
  const next = key('next')
  const old = await tokens.sign(claims)
  const rotating = createTokens({ keys: [next, current], ttlSeconds: 3_600 })
  expect(await rotating.verify(old)).toMatchObject(claims)
  const fresh = await rotating.sign(claims)
  expect(JSON.parse(Buffer.from(fresh.split('.')[0] as string, 'base64url').toString())).toEqual({
    alg: 'HS256',
    kid: 'next',
  })
  // An instance that was told of the new key, and does not sign with it yet.
  const told = createTokens({ keys: [current, next], ttlSeconds: 3_600 })
  expect(await told.verify(fresh)).toMatchObject(claims)
  expect(await rotating.verify(await told.sign(claims))).toMatchObject(claims)
  const rotated = createTokens({ keys: [next], ttlSeconds: 3_600 })
  expect(await rotated.verify(fresh)).toMatchObject(claims)
  await expect(rotated.verify(old)).rejects.toMatchObject(invalid)
  await refused(fresh)
})
