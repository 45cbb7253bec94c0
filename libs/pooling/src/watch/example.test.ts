import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { testServers, until } from '@fastpath/testing'
import { parseServerTiming } from '@fastpath/timing'
import { expect, test } from '@jest/globals'
import { siteOf } from './test-app.js'

const examples = new URL('../../examples/', import.meta.url)

/** Starts an example as its script in package.json does, asks it once, and ends it. */
const askOnce = async (file: string, mark: RegExp) => {
  const path = fileURLToPath(new URL(file, examples))
  const child = spawn(process.execPath, ['--conditions=@fastpath/source', '--import', 'tsx', path], {
    env: { PATH: process.env.PATH, DATABASE_URL: testServers().postgresUrl, PORT: '0' },
  })
  const exited = once(child, 'exit')
  let output = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      output += text
    })
  }
  try {
    const [url] = await until('it listens', () => /http:\S+/.exec(output) ?? (child.exitCode === null ? null : ['']))
    if (!url) throw new Error(`the example has ended: ${output}`)
    const res = await fetch(url)
    const { books } = (await res.json()) as { books: { author: string }[] }
    await until('its N+1 is told', () => mark.exec(output))
    return { books, output, timing: parseServerTiming(res.headers.get('server-timing') ?? '') }
  } finally {
    child.kill('SIGTERM')
    await exited
  }
}

test.each([
  ['naive-postgres.js', /const \[author\] = await sql/],
  ['naive-pg.js', /const found = await pool\.query/],
])(
  '%s prints its N+1, with file and line, within the first request',
  async (file, line) => {
    const { books, output, timing } = await askOnce(file, /n-plus-one: .*\n/)
    expect(books.map(({ author }) => author).slice(0, 2)).toEqual(['Author 7', 'Author 14'])
    const site = siteOf(new URL(file, examples).href, line)
    const says = `select ? || id as name from gen ... s(?, ?) id where id = $1 20x at ${site}`
    expect(output).toContain(`n-plus-one: ${says}, in GET /books; ask for all at once`)
    expect(timing).toContainEqual({ name: 'n-plus-one', desc: says })
  },
  60_000,
)
