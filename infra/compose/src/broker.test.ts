import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { cpSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { conduitRights, feedContract } from '@fastpath/contracts'
import { connect, openDeadLetters } from '@fastpath/messaging'
import { foldersWith } from '@fastpath/servers'
import { until } from '@fastpath/testing'
import { Call } from '@fastpath/timing'
import { afterAll, beforeAll, expect, test } from '@jest/globals'

const pathOf = (path: string) => fileURLToPath(new URL(path, import.meta.url))

let folder: string
let nats: ChildProcess
let port: string
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'fastpath-broker-'))
  cpSync(pathOf('../make-secrets.sh'), join(folder, 'make-secrets.sh'))
  execFileSync('sh', [join(folder, 'make-secrets.sh')])
  // What is shipped, but for where it listens and keeps its data.
  const flags = ['-js', '-a', '127.0.0.1', '-p', '-1', '-m', '-1', '-sd', join(folder, 'data')]
  nats = spawn('sh', [pathOf('../../nats/start-nats.sh'), ...flags], {
    env: {
      PATH: [process.env.PATH, ...foldersWith(['nats-server'], '')].join(':'),
      NATS_PASSWORDS_FILE: join(folder, 'secrets/nats_passwords'),
    },
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  let log = ''
  nats.stderr?.setEncoding('utf8').on('data', (chunk) => (log += chunk))
  port = await until('it is ready', () => {
    if (nats.exitCode !== null) throw new Error(log)
    return log.includes('Server is ready') && /client connections on 127\.0\.0\.1:(\d+)/.exec(log)?.[1]
  })
})
afterAll(async () => {
  if (nats.exitCode === null && nats.kill('SIGTERM')) await once(nats, 'exit')
  rmSync(folder, { recursive: true })
})

/** As a service is told, but for the host. */
const urlOf = (user: string) =>
  readFileSync(join(folder, `secrets/${user}_nats_url`), 'utf8').replace('@nats:4222', `@127.0.0.1:${port}`)

test('the shipped broker lets in each user by the URL of its secret, with its own rights', async () => {
  for (const user of Object.keys(conduitRights)) {
    const bus = await connect({ url: urlOf(user), name: user })
    try {
      if (user !== 'operator') await bus.check()
      const asked = bus.client(feedContract).listTags(new Call({ timeoutMs: 5_000 }), {})
      // Nobody serves it here.
      await expect(asked).rejects.toMatchObject({ code: user === 'gateway' ? 'UNAVAILABLE' : 'FORBIDDEN' })
    } finally {
      await bus.close()
    }
  }
  const letters = await openDeadLetters({ url: urlOf('operator') })
  expect(await letters.find(1)).toBeUndefined()
  await letters.close()
})
