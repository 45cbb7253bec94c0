import postgres from 'postgres'

/**
 * The `auth_file` of a PgBouncer: its roles with the SCRAM verifiers that PostgreSQL keeps. No password can be read from
 * it, and both sides having the same verifier, PgBouncer can log in for whoever has proved the password.
 *
 * @param adminUrl a role that may read `pg_authid`.
 * @throws Error for a role that isn't there, or has no password, or an older kind of it.
 */
export const readPoolerUsers = async (adminUrl: string, roles: readonly string[]): Promise<string> => {
  const sql = postgres(adminUrl, { max: 1, onnotice: () => {} })
  try {
    const found = await sql<{ role: string; verifier: string | null }[]>`
      select rolname as role, rolpassword as verifier from pg_authid where rolname in ${sql([...roles])}`
    const lines = roles.map((role) => {
      const verifier = found.find((one) => one.role === role)?.verifier
      if (!verifier?.startsWith('SCRAM-SHA-256$')) throw new Error(`the role "${role}" has no SCRAM password`)
      return `"${role.replaceAll('"', '""')}" "${verifier}"\n`
    })
    return lines.join('')
  } finally {
    await sql.end()
  }
}
