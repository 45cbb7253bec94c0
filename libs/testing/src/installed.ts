import { foldersWith, nginxMissing, pgBouncerMissing } from '@fastpath/servers'
import { describe } from '@jest/globals'

const programs = {
  nginx: ['nginx', nginxMissing],
  pgbouncer: ['PgBouncer', pgBouncerMissing],
  promtool: ["Prometheus' promtool", () => foldersWith(['promtool'], process.env.PATH).length === 0],
} as const

/**
 * Tests that try the real thing with programs which are never installed unasked. On a machine without one they are
 * skipped, and their name says why.
 */
export const describeWith = (needed: readonly (keyof typeof programs)[], name: string, body: () => void): void => {
  const missing = needed.map((key) => programs[key]).filter(([, isMissing]) => isMissing())
  if (missing.length === 0) return void describe(name, body)
  describe.skip(`${name} (skipped: ${missing.map(([title]) => title).join(' and ')} isn't installed)`, body)
}
