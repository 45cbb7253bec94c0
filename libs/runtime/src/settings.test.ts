import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, test } from '@jest/globals'
import {
  choiceSetting,
  integerSetting,
  optionalSecretSetting,
  readSettings,
  shareSetting,
  textSetting,
  urlSetting,
} from './settings.js'

const settings = {
  url: urlSetting('DATABASE_URL', 'postgres://user:password@host:5432/database'),
  max: integerSetting('POOL_MAX', 1, 100, 4),
  level: choiceSetting('LOG_LEVEL', ['info', 'debug'], 'info'),
  prefix: textSetting('PREFIX', 'any text', ''),
}
const read = (env: NodeJS.ProcessEnv) => readSettings('feed', env, settings)
const messageOf = (env: NodeJS.ProcessEnv): string => {
  try {
    read(env)
    return ''
  } catch (error) {
    return (error as Error).message
  }
}
const url = 'postgres://a:b@c/d'

test('a file may hold a value; one that is not there, or stands beside the variable, is told', () => {
  const folder = mkdtempSync(join(tmpdir(), 'fastpath-settings-'))
  try {
    const file = join(folder, 'url')
    writeFileSync(file, `${url}\n`)
    expect(read({ DATABASE_URL_FILE: file }).url).toBe(url)
    expect(messageOf({ DATABASE_URL_FILE: `${file}.gone` })).toContain(
      "DATABASE_URL_FILE   names a file that can't be read (ENOENT)",
    )
    expect(messageOf({ DATABASE_URL_FILE: file, DATABASE_URL: url })).toContain('stands beside DATABASE_URL')
  } finally {
    rmSync(folder, { recursive: true })
  }
})

test('reads what is there and fills in the rest, frozen', () => {
  const config = read({ DATABASE_URL: url, POOL_MAX: ' 7 ' })
  expect(config).toEqual({ url, max: 7, level: 'info', prefix: '' })
  expect(Object.isFrozen(config)).toBe(true)
})

test('all problems are told at once, by variable, with what it got and what it takes', () => {
  expect(messageOf({ POOL_MAX: 'many', LOG_LEVEL: 'loud' })).toBe(
    [
      "feed can't start: 3 settings are wrong",
      '  DATABASE_URL   is missing; takes postgres://user:password@host:5432/database',
      '  POOL_MAX       is "many"; takes a whole number from 1 to 100',
      '  LOG_LEVEL      is "loud"; takes "info" or "debug"',
    ].join('\n'),
  )
})

test('an empty variable counts as missing', () => {
  expect(messageOf({ DATABASE_URL: '' })).toContain('1 setting is wrong\n  DATABASE_URL   is missing')
})

test.each(['0', '101', '1.5', '1e3', 'NaN', '0x10x'])('%s is not from 1 to 100', (text) => {
  expect(messageOf({ DATABASE_URL: url, POOL_MAX: text })).toContain(`POOL_MAX   is "${text}"`)
})

test('a message never shows the password of a URL', () => {
  for (const wrong of ['mysql://joe:secret@host/db', 'postgres//joe:secret@host/db', 'postgres://joe:secret@']) {
    const message = messageOf({ DATABASE_URL: wrong })
    expect(message).toContain('DATABASE_URL   is "')
    expect(message).not.toContain('secret')
  }
})

test.each(['-0.1', '1.01', 'NaN', 'half', '50%'])('%s is not a share', (text) => {
  expect(() => readSettings('gateway', { SHARE: text }, { share: shareSetting('SHARE', 0) })).toThrow(
    `SHARE   is "${text}"; takes a number from 0 to 1`,
  )
})

test('a share may be none, all, and anything between', () => {
  const shares = ['0', '0.05', '1'].map((text) => readSettings('a', { S: text }, { s: shareSetting('S') }).s)
  expect(shares).toEqual([0, 0.05, 1])
})

describe('a secret', () => {
  const readSecret = (env: NodeJS.ProcessEnv) =>
    readSettings('gateway', env, { token: optionalSecretSetting('TOKEN', 16) }).token

  test('may be left out', () => {
    expect(readSecret({})).toBeNull()
    expect(readSecret({ TOKEN: 'sixteen-letters!' })).toBe('sixteen-letters!')
  })

  test.each([
    ['empty', '', 'is empty'],
    ['too short', 'fifteen-letters', 'is not one'],
    ['what no header can carry', 'sixteen lettérs!', 'is not one'],
  ])('that is %s is refused, and never shown', (_, text, got) => {
    const takes = 'takes a secret of 16 characters or more, letters, digits and signs, without spaces'
    expect(() => readSecret({ TOKEN: text })).toThrow(
      expect.objectContaining({ message: `gateway can't start: 1 setting is wrong\n  TOKEN   ${got}; ${takes}` }),
    )
  })
})
