import { expect, test } from '@jest/globals'
import { errorTable, isErrorCode, ServiceError, toServiceError } from './errors.js'

test('an error tells its fields, or else what the table says of its code', () => {
  expect(new ServiceError('NOT_FOUND', 'x', { fields: { article: ['not found'] } }).publicFields).toEqual({
    article: ['not found'],
  })
  expect(new ServiceError('UNAVAILABLE', 'x').publicFields).toEqual({ service: ['is unavailable'] })
})

test('what has no code becomes INTERNAL, keeps its cause, and tells a client nothing of it', () => {
  const cause = new TypeError('secret of the inside')
  const error = toServiceError(cause)
  expect(error).toMatchObject({ code: 'INTERNAL', cause })
  expect(JSON.stringify(error.publicFields)).not.toContain('secret')
  expect(toServiceError(error)).toBe(error)
})

test('only names of the table are codes', () => {
  for (const code of Object.keys(errorTable)) expect(isErrorCode(code)).toBe(true)
  for (const other of ['toString', '__proto__', 'constructor', '', 7, null]) expect(isErrorCode(other)).toBe(false)
})
