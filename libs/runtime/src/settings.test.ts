import { expect, test } from '@jest/globals'
import { choiceSetting, integerSetting, readSettings, textSetting, urlSetting } from './settings.js'

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
