import { embeddedPostgres } from './embedded-postgres.js'
import { foldersWith } from './find-binary.js'
import { install, installCommand } from './install.js'
import type { ServerKind } from './kind.js'
import type { ServerOptions } from './server.js'
import { ServerError } from './server-error.js'
import { canEnter } from './user.js'

/** The folder with the programs of a server, installed on the way if need be. Rejects with SERVER_MISSING. */
export const findPrograms = async (kind: ServerKind, options: ServerOptions): Promise<string> => {
  const look = () => programsOf(kind, options)
  const found = look()
  if (found) return found
  await install(kind, options, () => look() !== null)
  const installed = look()
  if (installed) return installed
  const command = installCommand(kind.packages)
  const how = command ? `install it with: ${command}` : `install ${kind.programs[0]} with your system's package manager`
  throw new ServerError(
    'SERVER_MISSING',
    `${kind.title} isn't installed; ${how}\nor let ${kind.variable} name one that runs (${kind.takes})`,
  )
}

const programsOf = (kind: ServerKind, { env = process.env, folders }: ServerOptions): string | null => {
  const user = kind.user()
  const found = foldersWith(kind.programs, env.PATH, folders).find((folder) => !user || canEnter(user, folder))
  return found ?? (kind.npm ? embeddedPostgres(user) : null)
}
