import { expect, test } from '@jest/globals'
import { parseBrokerUrl } from './broker-url.js'

test('a URL tells hosts and credentials', () => {
  expect(parseBrokerUrl('nats://127.0.0.1:4222')).toEqual({ servers: ['127.0.0.1:4222'], inboxPrefix: '_INBOX' })
  expect(parseBrokerUrl('nats://a:1, nats://b')).toEqual({ servers: ['a:1', 'b'], inboxPrefix: '_INBOX' })
  expect(parseBrokerUrl('nats://ann:p%40ss@host')).toEqual({
    servers: ['host'],
    user: 'ann',
    pass: 'p@ss',
    inboxPrefix: '_INBOX.ann',
  })
  expect(parseBrokerUrl('nats://s3cret@host')).toEqual({ servers: ['host'], token: 's3cret', inboxPrefix: '_INBOX' })
  expect(parseBrokerUrl('tls://host:4443')).toEqual({ servers: ['host:4443'], tls: {}, inboxPrefix: '_INBOX' })
})

test('a name that is no single word of a subject has the inboxes of nobody', () => {
  for (const user of ['a.b', '*', 'a%20b']) expect(parseBrokerUrl(`nats://${user}:p@host`).inboxPrefix).toBe('_INBOX')
})

test.each(['', 'localhost', 'localhost:4222', 'http://localhost', 'nats://', 'nats://host:99999', 'nats://a,b'])(
  'refuses %j in words',
  (url) => {
    expect(() => parseBrokerUrl(url)).toThrow(/takes nats:\/\/host:port/)
  },
)

test('never tells a password', () => {
  expect(() => parseBrokerUrl('http://ann:s3cret@host')).toThrow(/ann:…@host/)
})
