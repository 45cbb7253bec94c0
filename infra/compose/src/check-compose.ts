import { Ajv } from 'ajv'
import { parse } from 'yaml'
import { composeKeys } from './compose-keys.js'

/** What the configuration of one service reads. */
export interface Variables {
  /** Names that mean something to it. */
  readonly known: ReadonlySet<string>
  /** Names that it can't start without. */
  readonly required: readonly string[]
}

interface ComposeService {
  readonly environment?: Readonly<Record<string, string>>
  readonly secrets?: readonly string[]
  readonly networks?: readonly string[]
  readonly volumes?: readonly string[]
  readonly ports?: readonly string[]
  readonly depends_on?: Readonly<Record<string, { readonly condition: string }>>
  readonly healthcheck?: object
  readonly read_only?: boolean
  readonly deploy?: object
}

interface ComposeFile {
  readonly services: Readonly<Record<string, ComposeService>>
  readonly networks?: object
  readonly volumes?: object
  readonly secrets?: object
}

/**
 * Everything that is wrong with a compose file, in words: keys that the specification does not know where they stand,
 * names that lead nowhere, variables of `programs` that are missing or that nobody reads, ports that are open to all.
 */
export const checkCompose = (text: string, programs: Readonly<Record<string, Variables>>): string[] => {
  const file: ComposeFile = parse(text, { merge: true })
  const isRight = new Ajv({ allErrors: true, strict: false }).compile(composeKeys)
  if (!isRight(file)) {
    return (isRight.errors ?? []).map(({ instancePath, message, params }) => {
      const key = 'additionalProperty' in params ? ` (${params.additionalProperty})` : ''
      return `${instancePath || '/'} ${message}${key}`
    })
  }
  return Object.entries(file.services).flatMap(([name, service]) => [
    ...checkNames(name, service, file),
    ...(programs[name] ? checkVariables(name, service, programs[name]) : []),
  ])
}

const checkNames = (name: string, service: ComposeService, file: ComposeFile): string[] => {
  const unknown = (kind: 'networks' | 'volumes' | 'secrets', used: readonly string[] = []) =>
    used.filter((one) => !(one in (file[kind] ?? {}))).map((one) => `${name}: ${kind} knows no "${one}"`)
  const named = service.volumes?.map((volume) => volume.split(':')[0] ?? '').filter((source) => /^\w/.test(source))
  const dependencies = Object.entries(service.depends_on ?? {}).flatMap(([other, { condition }]) => {
    const on = file.services[other]
    if (!on) return [`${name}: depends on "${other}", which is not there`]
    return condition === 'service_healthy' && !on.healthcheck
      ? [`${name}: waits for the health of "${other}", which has none`]
      : []
  })
  return [
    ...unknown('networks', service.networks),
    ...unknown('volumes', named),
    ...unknown('secrets', service.secrets),
    ...dependencies,
    ...(service.read_only ? [] : [`${name}: may write to its file system`]),
    ...(service.deploy ? [] : [`${name}: has no limits`]),
    ...(service.ports ?? [])
      .filter((port) => name !== 'edge' && !port.startsWith('127.0.0.1:'))
      .map((port) => `${name}: opens the port ${port} to all`),
  ]
}

const checkVariables = (name: string, service: ComposeService, { known, required }: Variables): string[] => {
  const set = service.environment ?? {}
  const files = Object.entries(set).filter(([variable]) => variable.endsWith('_FILE'))
  return [
    ...Object.keys(set)
      .filter((variable) => !known.has(variable))
      .map((variable) => `${name}: nobody reads ${variable}`),
    ...required
      .filter((variable) => !(variable in set) && !(`${variable}_FILE` in set))
      .map((variable) => `${name}: ${variable} is missing`),
    ...files
      .filter(([, path]) => !service.secrets?.some((secret) => path === `/run/secrets/${secret}`))
      .map(([variable, path]) => `${name}: ${variable} names ${path}, which is none of its secrets`),
  ]
}
