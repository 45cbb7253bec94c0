import { execFile } from 'node:child_process'
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, test } from '@jest/globals'

const root = fileURLToPath(new URL('../../..', import.meta.url))

/** A small house in which every wall is broken once: rule, file, and what the file imports. */
const planted = [
  ['apps-never-import-apps', 'apps/feed/src/a.ts', '@fastpath/user'],
  ['libs-never-import-apps', 'libs/messaging/src/a.ts', '@fastpath/user'],
  ['pure-libs-import-pure-libs-only', 'libs/contracts/src/a.ts', '@fastpath/pooling'],
  ['pure-libs-do-no-io', 'libs/timing/src/a.ts', 'node:fs/promises'],
  ['gateway-never-touches-postgresql', 'apps/gateway/src/a.ts', '@fastpath/pooling'],
  ['gateway-never-touches-postgresql', 'apps/gateway/src/b.ts', 'postgres'],
  ['only-the-gateway-knows-express', 'apps/feed/src/b.ts', 'express'],
  ['only-the-gateway-knows-express', 'libs/pooling/src/a.ts', 'express'],
  ['testing-is-for-tests', 'apps/feed/src/c.ts', '@fastpath/testing'],
  ['servers-are-for-tests-lab-and-local', 'apps/feed/src/d.ts', '@fastpath/servers'],
  ['only-messaging-knows-nats', 'apps/feed/src/e.ts', 'nats'],
  ['not-resolvable', 'apps/feed/src/f.ts', './no-such-file.js'],
  ['no-cycles', 'libs/runtime/src/a.ts', './b.js'],
] as const

/** The same imports where they are right. */
const allowed = [
  ['apps/feed/src/g.ts', '@fastpath/pooling'],
  ['apps/gateway/src/c.ts', 'express'],
  ['apps/gateway/src/d.test.ts', '@fastpath/testing'],
  ['libs/pooling/examples/a.js', 'express'],
  ['libs/pooling/examples/b.js', '@fastpath/servers'],
  ['libs/pooling/src/b.test.ts', 'express'],
  ['libs/contracts/src/b.ts', '@fastpath/timing'],
  ['libs/messaging/src/b.ts', 'nats'],
  ['libs/testing/src/a.ts', '@fastpath/servers'],
  ['infra/local/src/a.ts', '@fastpath/servers'],
] as const

let house: string
let violations: string[]

beforeAll(async () => {
  house = await mkdtemp(join(tmpdir(), 'fastpath-walls-'))
  for (const [, file, imported] of planted)
    await write(file, `import * as it from '${imported}'\nexport const a = it\n`)
  for (const [file, imported] of allowed) await write(file, `import * as it from '${imported}'\nexport const a = it\n`)
  // A cycle is told once, at the first of its files.
  await write('libs/runtime/src/b.ts', `import * as it from './a.js'\nexport const b = it\n`)
  const projects = ['apps/user', 'libs/pooling', 'libs/servers', 'libs/testing', 'libs/timing'] as const
  for (const project of projects) {
    await write(`${project}/src/index.ts`, 'export const here = 1\n')
    await write(
      `${project}/package.json`,
      JSON.stringify({ exports: { '.': { '@fastpath/source': './src/index.ts' } } }),
    )
    await link(join(house, project), `node_modules/@fastpath/${project.split('/')[1]}`)
  }
  for (const name of ['postgres', 'express', 'nats'])
    await link(join(root, 'node_modules', name), `node_modules/${name}`)
  violations = await cruise()
}, 60_000)
afterAll(() => rm(house, { recursive: true, force: true }))

const write = async (file: string, text: string) => {
  await mkdir(dirname(join(house, file)), { recursive: true })
  await writeFile(join(house, file), text)
}
const link = async (to: string, from: string) => {
  await mkdir(dirname(join(house, from)), { recursive: true })
  await symlink(to, join(house, from))
}

/** The rules that are broken, as `rule: file`, by the very file and flags of `npm run check`. */
const cruise = async (): Promise<string[]> => {
  const config = join(root, '.dependency-cruiser.cjs')
  const args = [
    join(root, 'node_modules/.bin/depcruise'),
    'apps',
    'libs',
    'infra',
    '--config',
    config,
    '--output-type',
    'json',
  ]
  const run = promisify(execFile)(process.execPath, args, {
    cwd: house,
    env: { PATH: process.env.PATH },
    maxBuffer: 1e8,
  })
  const { stdout } = await run.catch((error: { stdout: string }) => error)
  const { summary } = JSON.parse(stdout) as { summary: { violations: { rule: { name: string }; from: string }[] } }
  return summary.violations.map(({ rule, from }) => `${rule.name}: ${from}`)
}

test.each(planted)('%s: %s may not import %s', (rule, file, _imported) => {
  expect(violations).toContain(`${rule}: ${file}`)
})

test.each(allowed)('%s may import %s', (file, _imported) => {
  expect(violations.filter((violation) => violation.endsWith(`: ${file}`))).toEqual([])
})
