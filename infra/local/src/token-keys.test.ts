import { mkdtemp, readFile, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { keepTokenKeys } from './token-keys.js'

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'fastpath-keys-'))
})
afterAll(() => rm(folder, { recursive: true, force: true }))

test('a key of 32 bytes is made once, and only its owner may read it', async () => {
  const made = await keepTokenKeys(folder)
  const [, base64 = ''] = /^local:(.+)$/.exec(made) ?? []
  expect(Buffer.from(base64, 'base64')).toHaveLength(32)
  expect(await keepTokenKeys(folder)).toBe(made)
  expect((await stat(join(folder, 'token-keys'))).mode & 0o777).toBe(0o600)
  expect(await readFile(join(folder, 'token-keys'), 'utf8')).toBe(`${made}\n`)
})

test('a file that can not be read is told, never replaced', async () => {
  await expect(keepTokenKeys(join(folder, 'token-keys'))).rejects.toMatchObject({ code: 'ENOTDIR' })
})
