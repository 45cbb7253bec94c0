import { expect } from '@jest/globals'
import type { Answer } from './client.js'

/** The published wording of errors, by field, and how times are written. */
export const missingToken = { errors: { token: ['is missing'] } }
export const notFound = (what: string) => ({ errors: { [what]: ['not found'] } })
export const forbidden = (what: string) => ({ errors: { [what]: ['forbidden'] } })
export const taken = (what: string) => ({ errors: { [what]: ['has already been taken'] } })
export const blank = (...fields: string[]) => ({
  errors: Object.fromEntries(fields.map((field) => [field, ["can't be blank"]])),
})
export const isoTime = expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/)

/** What an answer says, to be compared at once. */
export const said = ({ status, body }: Answer) => [status, body]
