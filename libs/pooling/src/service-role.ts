import postgres from 'postgres'

export interface ServiceRoleOptions {
  /** The schema that the service owns; nobody else can read it. */
  readonly schema: string
  /** The role's name; by default the schema's. */
  readonly role?: string
  /** The role's new password; without one the server must trust its clients. */
  readonly password?: string
  /** Milliseconds a statement may take before PostgreSQL ends it; default 5,000. */
  readonly statementTimeoutMs?: number
  /** Milliseconds a statement may wait for a lock; default 2,000. */
  readonly lockTimeoutMs?: number
}

/**
 * Makes (or brings up to date) the role and schema of one service, with its time-outs set on the role, so that they hold
 * for every client of it. Needs a role that may create roles.
 *
 * @returns the URL under which the service connects.
 */
export const createServiceRole = async (adminUrl: string, options: ServiceRoleOptions): Promise<string> => {
  const { schema, role = schema, password, statementTimeoutMs = 5_000, lockTimeoutMs = 2_000 } = options
  const sql = postgres(adminUrl, { max: 1, onnotice: () => {} })
  try {
    await sql.begin(async (tx) => {
      // Roles belong to the whole server: two that are changed at once fail with "tuple concurrently updated".
      await tx`select pg_advisory_xact_lock(hashtext('fastpath.roles'))`
      const [known] = await tx`select from pg_roles where rolname = ${role}`
      if (!known) await tx`create role ${tx(role)} login`
      if (password) await tx.unsafe(`alter role ${quoteName(role)} password ${quoteText(password)}`)
      await tx`create schema if not exists ${tx(schema)}`
      await tx`alter schema ${tx(schema)} owner to ${tx(role)}`
      await tx`revoke all on schema ${tx(schema)} from public`
      await tx`revoke all on schema public from public`
      await tx`alter role ${tx(role)} set search_path = ${tx(schema)}`
      for (const [setting, value] of [
        ['statement_timeout', statementTimeoutMs],
        ['lock_timeout', lockTimeoutMs],
        ['idle_in_transaction_session_timeout', statementTimeoutMs],
      ] as const) {
        await tx.unsafe(`alter role ${quoteName(role)} set ${setting} = ${Number(value)}`)
      }
      // Of memory and SSDs: the default of 4 is that of turning disks, and lets tables be read whole that have an index.
      await tx.unsafe(`alter role ${quoteName(role)} set random_page_cost = 1.1`)
    })
  } finally {
    await sql.end()
  }
  const url = new URL(adminUrl)
  url.username = encodeURIComponent(role)
  url.password = encodeURIComponent(password ?? '')
  return url.href
}

const quoteName = (name: string): string => `"${name.replaceAll('"', '""')}"`
const quoteText = (text: string): string => `'${text.replaceAll("'", "''")}'`
