import type { Rights } from '@fastpath/contracts'
import { hearersSubject } from './broadcast.js'
import { latencySubject } from './connect.js'
import { eventNames } from './events/streams.js'
import { gatherInboxes, heardInboxes, inboxesOf } from './inboxes.js'
import { invalidationTopic } from './invalidation-transport.js'

export interface PermissionOptions {
  /** For a broker whose users each work under some prefix of one word, as tests do: under any. Streams are not told apart then. */
  readonly anyPrefix?: boolean
}

/**
 * The entries of nats-server's `users` for programs of these names, in its configuration's own language: each may do what
 * its rights say and nothing else, and has `$NATS_PASSWORD_NAME` for its password.
 */
export const natsUsers = (
  programs: Readonly<Record<string, Rights>>,
  { anyPrefix = false }: PermissionOptions = {},
): string => {
  const prefix = anyPrefix ? '*.' : ''
  const askers = Object.keys(programs).filter((name) => programs[name]?.asksForLatency)
  const tellers = Object.keys(programs).filter((name) => programs[name]?.invalidations === 'tells')
  return Object.entries(programs)
    .map(([name, rights]) =>
      entry(name, {
        publish: published(rights, { prefix, askers, tellers }),
        subscribe: subscribed(name, rights, prefix),
        answersWithinS: longestAnswerS(rights),
      }),
    )
    .join('')
}

interface Others {
  readonly prefix: string
  /** Who is answered by all, and who is told by all that they have heard. */
  readonly askers: readonly string[]
  readonly tellers: readonly string[]
}

const published = (rights: Rights, { prefix, askers, tellers }: Others): string[] => {
  const { calls = [], emits = [], consumes = {}, follows = [], operates = [] } = rights
  const names = eventNames(prefix)
  // Names of streams are single words, which a prefix is a part of: any prefix is any stream.
  const [events, deadLetters] = prefix === '' ? [names.events, names.deadLetters] : ['*', '*']
  const consumers = Object.entries(consumes)
  return [
    ...calls.map(({ subject }) => prefix + subject),
    ...(rights.asksForLatency ? [prefix + latencySubject] : []),
    ...(isService(rights) ? askers.map((asker) => `${gatherInboxes(inboxesOf(asker))}.*`) : []),
    ...(rights.invalidations
      ? [...tellers.map((teller) => `${heardInboxes(inboxesOf(teller))}.>`), hearersSubject(prefix + invalidationTopic)]
      : []),
    ...(rights.invalidations === 'tells' ? [prefix + invalidationTopic] : []),
    ...[...emits, ...operates].map(({ subject }) => names.subjectOf(subject)),
    ...(emits.length > 0 || consumers.length > 0 ? streamApi(events) : []),
    ...(consumers.length > 0 ? streamApi(deadLetters) : []),
    ...(follows.length > 0 ? followerApi(events) : []),
    ...consumers.flatMap(([name, { subject }]) => {
      const durable = names.durableOf(name, subject)
      return [
        `$JS.API.CONSUMER.CREATE.${events}.${durable}.${names.subjectOf(subject)}`,
        `$JS.API.CONSUMER.INFO.${events}.${durable}`,
        `$JS.API.CONSUMER.MSG.NEXT.${events}.${durable}`,
        `$JS.ACK.${events}.${durable}.>`,
        names.deadSubjectOf(name, subject),
      ]
    }),
    ...(isService(rights) ? [] : ['$JS.API.>']),
  ]
}

/** Who comes first makes a stream; each later one brings it up to date. */
const streamApi = (stream: string): string[] =>
  ['INFO', 'CREATE', 'UPDATE'].map((what) => `$JS.API.STREAM.${what}.${stream}`)

/** It looks for a stream and never makes one; its consumer has no name; it says that what came was taken in. */
const followerApi = (stream: string): string[] => [
  `$JS.API.STREAM.INFO.${stream}`,
  `$JS.API.CONSUMER.CREATE.${stream}`,
  `$JS.FC.${stream}.>`,
]

const subscribed = (name: string, rights: Rights, prefix: string): string[] => [
  `${inboxesOf(name)}.>`,
  ...(isService(rights) ? [prefix + latencySubject] : []),
  ...(rights.invalidations ? [prefix + invalidationTopic, hearersSubject(prefix + invalidationTopic)] : []),
  // In the queue group of the service alone: nobody listens in beside it.
  ...Object.values(rights.serves ?? {}).map(({ subject, service }) => `${prefix}${subject} ${service}`),
]

const isService = ({ operates }: Rights): boolean => operates === undefined

/** Whoever waits has gone by then, on either side's clock. */
const longestAnswerS = ({ serves = {} }: Rights): number => {
  const timeoutsMs = Object.values(serves).map(({ timeoutMs }) => timeoutMs)
  return timeoutsMs.length === 0 ? 0 : Math.ceil(Math.max(...timeoutsMs) / 1000) + 1
}

interface Entry {
  readonly publish: readonly string[]
  readonly subscribe: readonly string[]
  /** One reply to each request, to the inbox that it names; 0: it answers nothing. */
  readonly answersWithinS: number
}

const entry = (name: string, { publish, subscribe, answersWithinS }: Entry): string =>
  `    {
      user: ${name}
      password: $${passwordVariable(name)}
      permissions: {
        publish: [${lines(publish)}]
        subscribe: [${lines(subscribe)}]
${answersWithinS === 0 ? '' : `        allow_responses: { max: 1, expires: "${answersWithinS}s" }\n`}      }
    }
`

const lines = (subjects: readonly string[]): string =>
  `${subjects.map((subject) => `\n          ${JSON.stringify(subject)}`).join('')}\n        `

/** The variable that the broker's configuration takes a user's password from. */
export const passwordVariable = (user: string): string => `NATS_PASSWORD_${user.toUpperCase().replaceAll('-', '_')}`
