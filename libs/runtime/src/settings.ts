import { readFileSync } from 'node:fs'

/** Reads one environment variable: a value, or what is wrong with it. */
export interface Setting<T> {
  readonly variable: string
  /** What it takes, in the reader's words. */
  readonly takes: string
  readonly fallback?: T
  /** Its value is never shown, and set but empty is wrong: a secret that got lost on its way must not go unnoticed. */
  readonly secret?: true
  /** `undefined` for a text that is not one of what it takes. */
  parse(text: string): T | undefined
}

export type SettingsOf<S> = { readonly [K in keyof S]: S[K] extends Setting<infer T> ? T : never }

/** The environment does not say what a service needs; the message lists every problem at once. */
export class SettingsError extends Error {
  override readonly name = 'SettingsError'
  readonly code = 'SETTINGS'
  /** The variables that are wrong. */
  readonly variables: readonly string[]

  constructor(message: string, variables: readonly string[]) {
    super(message)
    this.variables = variables
  }
}

/**
 * Reads all settings of a service at once, frozen. An empty variable counts as missing. `NAME_FILE` in the place of `NAME`
 * names a file that holds the value: how containers are given secrets.
 *
 * @example readSettings('feed', process.env, { url: urlSetting('DATABASE_URL', 'postgres://user:password@host:5432/database') })
 * @throws SettingsError with every problem, by variable name: what it got and what it takes.
 */
export const readSettings = <S extends Readonly<Record<string, Setting<unknown>>>>(
  service: string,
  env: NodeJS.ProcessEnv,
  settings: S,
): SettingsOf<S> => {
  const values: Record<string, unknown> = {}
  const problems: [variable: string, problem: string][] = []
  for (const [key, { variable, takes, fallback, secret, parse }] of Object.entries(settings)) {
    const { text, problem } = textOf(env, variable)
    if (problem) {
      problems.push([`${variable}_FILE`, problem])
      continue
    }
    const value = text || (secret && text !== undefined) ? parse(text) : fallback
    if (value !== undefined) values[key] = value
    else problems.push([variable, `${whatItGot(text, secret)}; takes ${takes}`])
  }
  if (problems.length > 0) {
    throw new SettingsError(
      describe(service, problems),
      problems.map(([variable]) => variable),
    )
  }
  return Object.freeze(values) as SettingsOf<S>
}

const textOf = (env: NodeJS.ProcessEnv, variable: string): { text?: string | undefined; problem?: string } => {
  const text = env[variable]?.trim()
  const file = env[`${variable}_FILE`]?.trim()
  if (!file) return { text }
  if (text !== undefined) return { problem: `stands beside ${variable}; takes one of the two` }
  try {
    return { text: readFileSync(file, 'utf8').trim() }
  } catch (error) {
    return { problem: `names a file that can't be read (${(error as NodeJS.ErrnoException).code})` }
  }
}

/** A whole number from `min` to `max`. */
export const integerSetting = (variable: string, min: number, max: number, fallback?: number): Setting<number> => ({
  variable,
  takes: `a whole number from ${min} to ${max}`,
  ...(fallback !== undefined && { fallback }),
  parse: (text) => {
    const value = Number(text)
    return Number.isInteger(value) && value >= min && value <= max ? value : undefined
  },
})

/** A share: a number from 0 to 1. */
export const shareSetting = (variable: string, fallback?: number): Setting<number> => ({
  variable,
  takes: 'a number from 0 to 1',
  ...(fallback !== undefined && { fallback }),
  parse: (text) => {
    const value = Number(text)
    return value >= 0 && value <= 1 ? value : undefined
  },
})

/** A URL of the form of `example`: the same scheme, and a host. */
export const urlSetting = (variable: string, example: string, fallback?: string): Setting<string> => ({
  variable,
  takes: example,
  ...(fallback !== undefined && { fallback }),
  parse: (text) => {
    const scheme = example.slice(0, example.indexOf(':') + 1)
    return URL.canParse(text) && new URL(text).protocol === scheme && new URL(text).hostname ? text : undefined
  },
})

export const textSetting = (variable: string, takes: string, fallback?: string): Setting<string> => ({
  variable,
  takes,
  ...(fallback !== undefined && { fallback }),
  parse: (text) => text,
})

/** A secret of at least `minLength` printable ASCII characters, so that it can stand in a header; `null` when not set. */
export const optionalSecretSetting = (variable: string, minLength: number): Setting<string | null> => ({
  variable,
  takes: `a secret of ${minLength} characters or more, letters, digits and signs, without spaces`,
  fallback: null,
  secret: true,
  parse: (text) => (text.length >= minLength && /^[\x21-\x7e]+$/.test(text) ? text : undefined),
})

/** Texts with commas between them, each of which `accepts` takes. */
export const listSetting = (
  variable: string,
  takes: string,
  { fallback, accepts = () => true }: { fallback?: readonly string[]; accepts?: (part: string) => boolean } = {},
): Setting<readonly string[]> => ({
  variable,
  takes,
  ...(fallback && { fallback }),
  parse: (text) => {
    const parts = text
      .split(',')
      .map((part) => part.trim())
      .filter((part) => part !== '')
    return parts.every(accepts) ? parts : undefined
  },
})

export const choiceSetting = <const T extends string>(
  variable: string,
  choices: readonly T[],
  fallback?: T,
): Setting<T> => ({
  variable,
  takes: choices.map((choice) => `"${choice}"`).join(' or '),
  ...(fallback !== undefined && { fallback }),
  parse: (text) => choices.find((choice) => choice === text),
})

const whatItGot = (text: string | undefined, secret?: true): string => {
  if (secret && text !== undefined) return text === '' ? 'is empty' : 'is not one'
  return text ? `is "${withoutPassword(text)}"` : 'is missing'
}

const describe = (service: string, problems: readonly [string, string][]): string => {
  const width = Math.max(...problems.map(([variable]) => variable.length))
  const count = problems.length === 1 ? '1 setting is' : `${problems.length} settings are`
  const lines = problems.map(([variable, problem]) => `  ${variable.padEnd(width)}   ${problem}`)
  return [`${service} can't start: ${count} wrong`, ...lines].join('\n')
}

/** Messages end up in logs, and a wrong URL may still hold a right password. */
const withoutPassword = (text: string): string =>
  text.replace(/(:[^:@/\s]*):[^@\s]*@/, '$1:***@').replace(/\/\/([^:@/\s]+):[^@\s]*@/, '//$1:***@')
