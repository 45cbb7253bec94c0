/** Reads one environment variable: a value, or what is wrong with it. */
export interface Setting<T> {
  readonly variable: string
  /** What it takes, in the reader's words. */
  readonly takes: string
  readonly fallback?: T
  /** `undefined` for a text that is not one of what it takes. */
  parse(text: string): T | undefined
}

export type SettingsOf<S> = { readonly [K in keyof S]: S[K] extends Setting<infer T> ? T : never }

/** The environment does not say what a service needs; the message lists every problem at once. */
export class SettingsError extends Error {
  override readonly name = 'SettingsError'
  readonly code = 'SETTINGS'
}

/**
 * Reads all settings of a service at once, frozen. An empty variable counts as missing.
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
  for (const [key, { variable, takes, fallback, parse }] of Object.entries(settings)) {
    const text = env[variable]?.trim()
    const value = text ? parse(text) : fallback
    if (value !== undefined) values[key] = value
    else problems.push([variable, `${text ? `is "${withoutPassword(text)}"` : 'is missing'}; takes ${takes}`])
  }
  if (problems.length > 0) throw new SettingsError(describe(service, problems))
  return Object.freeze(values) as SettingsOf<S>
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

export const choiceSetting = <T extends string>(variable: string, choices: readonly T[], fallback?: T): Setting<T> => ({
  variable,
  takes: choices.map((choice) => `"${choice}"`).join(' or '),
  ...(fallback !== undefined && { fallback }),
  parse: (text) => choices.find((choice) => choice === text),
})

const describe = (service: string, problems: readonly [string, string][]): string => {
  const width = Math.max(...problems.map(([variable]) => variable.length))
  const count = problems.length === 1 ? '1 setting is' : `${problems.length} settings are`
  const lines = problems.map(([variable, problem]) => `  ${variable.padEnd(width)}   ${problem}`)
  return [`${service} can't start: ${count} wrong`, ...lines].join('\n')
}

/** Messages end up in logs, and a wrong URL may still hold a right password. */
const withoutPassword = (text: string): string =>
  text.replace(/(:[^:@/\s]*):[^@\s]*@/, '$1:***@').replace(/\/\/([^:@/\s]+):[^@\s]*@/, '//$1:***@')
