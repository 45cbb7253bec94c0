import { randomBytes } from 'node:crypto'
import { ServiceError } from '@fastpath/contracts'
import { createGate } from '@fastpath/pooling'
import { Call, createSweeper, type Metrics } from '@fastpath/timing'
import { hash, parseOptions, verify } from '@node-rs/argon2'

export interface PasswordsOptions {
  readonly memoryKiB: number
  readonly iterations: number
  /** Hashes at a time. */
  readonly concurrency: number
  /** Hashes that may wait for their turn. */
  readonly maxWaiting: number
  readonly metrics: Metrics
}

/**
 * Argon2id, a few at a time: a hash takes a core for some 20 ms. What can't be done in its call's remaining time is
 * refused with `OVERLOADED`: at once where that can be told, else while there is time to say so.
 */
export interface Passwords {
  hash(call: Call, password: string): Promise<string>
  /** Whether `hashed` is of this password. For `null`, nobody's hash, it says no and takes just as long. */
  verify(call: Call, password: string, hashed: string | null): Promise<boolean>
  /** Whether it was made by another cost than is asked for now. */
  isOutdated(hashed: string): boolean
}

export const createPasswords = async (options: PasswordsOptions): Promise<Passwords> => {
  const { memoryKiB, iterations, concurrency, maxWaiting, metrics } = options
  const cost = { memoryCost: memoryKiB, timeCost: iterations, parallelism: 1 }
  const startedMs = performance.now()
  const nobodys = await hash(randomBytes(16), cost)
  const gate = createGate({
    limit: concurrency,
    maxWaiting,
    sweeper: createSweeper(),
    waits: metrics.histogram('fastpath_password_wait_seconds', 'Waits for the turn to be hashed'),
    firstStayMs: performance.now() - startedMs,
  })
  const durations = metrics.histogram('fastpath_password_hash_seconds', 'Hashes of passwords, waits left out')
  metrics.gauge('fastpath_password_waiting', 'Passwords that wait to be hashed', () => gate.waiting)

  const inTurn = <T>(call: Call, work: () => Promise<T>): Promise<T> => {
    const turn = new Call({ timeoutMs: call.remainingMs() * hashingShare, trace: call.trace })
    const working = (async () => {
      await gate.enter(turn)
      const enteredMs = performance.now()
      try {
        return await work()
      } finally {
        const tookMs = performance.now() - enteredMs
        durations.record(tookMs)
        gate.leave(tookMs)
      }
    })()
    return inTime(turn, working)
  }

  return {
    hash: (call, password) => inTurn(call, () => hash(password, cost)),
    async verify(call, password, hashed) {
      const right = await inTurn(call, () => verify(hashed ?? nobodys, password))
      return right && hashed !== null
    },
    isOutdated(hashed) {
      const made = parseOptions(hashed)
      return made.memoryCost !== cost.memoryCost || made.timeCost !== cost.timeCost || made.parallelism !== 1
    },
  }
}

/** The rest of a call's time is for the look-up, the token and the way back, on a machine that is busy. */
const hashingShare = 0.8

/** Nothing was begun that counts, so it is a refusal, not a time-out. A hash that is being made can't be stopped: it keeps its place. */
const inTime = <T>(turn: Call, working: Promise<T>): Promise<T> =>
  new Promise((resolve, reject) => {
    const refuse = () => reject(new ServiceError('OVERLOADED', 'a password could not be hashed in time'))
    const timer = setTimeout(refuse, turn.remainingMs())
    // The gate may have seen first that the time is over.
    working
      .then(resolve, (error) => (turn.remainingMs() > 0 ? reject(error) : refuse()))
      .finally(() => clearTimeout(timer))
  })
