import { readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { conduitRights } from '@fastpath/contracts'
import { expect, test } from '@jest/globals'
import { natsUsers } from './permissions.js'

/** Who may say and hear what, as it is shipped. `npm run permissions -w @fastpath/messaging` brings it up to date. */
const path = fileURLToPath(new URL('../../../infra/nats/permissions.conf', import.meta.url))

const derived = `# Who may say and hear what: derived from libs/contracts/src/conduit/rights.ts, not to be changed by hand.
# npm run permissions -w @fastpath/messaging brings it up to date.
authorization: {
  users: [
${natsUsers(conduitRights)}  ]
}
`

test('the shipped permissions are those that the contracts say', () => {
  if (process.env.UPDATE_PERMISSIONS) writeFileSync(path, derived)
  expect(readFileSync(path, 'utf8')).toBe(derived)
})
