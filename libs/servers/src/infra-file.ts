import { readFileSync } from 'node:fs'

/** A file of `infra/`, as it is shipped. */
export const infraFile = (path: string): string =>
  readFileSync(new URL(`../../../infra/${path}`, import.meta.url), 'utf8')

/**
 * Puts values where a text has `${NAME}`, as `envsubst` does in a container; nothing else is changed.
 *
 * @throws Error for a name without a value.
 */
export const fillIn = (text: string, values: Readonly<Record<string, string>>): string =>
  text.replace(/\$\{(\w+)\}/g, (_, name: string) => {
    const value = values[name]
    if (value === undefined) throw new Error(`nothing is known to put in the place of \${${name}}`)
    return value
  })

/** The step of a start that writes a file into the server's own folder, as its user. */
export const writeStep = (path: string, text: string): string[] => [
  'sh',
  '-c',
  'printf %s "$2" >"$1"',
  'sh',
  path,
  text,
]
