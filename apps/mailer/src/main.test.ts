import { startTestService, uniquePrefix } from '@fastpath/testing'
import { expect, test } from '@jest/globals'

test('it gets ready, tells that NATS is well, and stops when told', async () => {
  const mailer = await startTestService({ name: 'mailer', natsPrefix: uniquePrefix() })
  try {
    const res = await fetch(`${mailer.adminUrl}/readyz`)
    expect([res.status, await res.json()]).toEqual([200, { ready: true, state: 'ready', checks: { nats: 'ok' } }])
  } finally {
    await mailer.stop()
  }
  expect(await mailer.exited).toBe('exit code 0')
})
