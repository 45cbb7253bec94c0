import { AsyncLocalStorage } from 'node:async_hooks'
import { callSite, maxRepeats, Trace, type Usage } from '@fastpath/timing'
import { statementName } from './statement-name.js'

/** A statement as it is asked for. */
export interface Asked {
  /** Without one it is called by its text. */
  readonly name?: string | undefined
  readonly text: string
  readonly args: unknown
}

/** One statement of a request. What is done twice counts once. */
export interface WatchedStatement {
  /** It is on its way. */
  begin(): void
  end(rows?: number): void
}

/** One request of an app, and what it asks of its database. */
export interface WatchedRequest {
  readonly trace: Trace
  /** To be told at once, while the code that asks is on the stack: a driver may send much later. */
  ask(asked: Asked): WatchedStatement
}

const requests = new AsyncLocalStorage<WatchedRequest>()

/** The request to which the running code belongs. */
export const currentRequest = (): WatchedRequest | undefined => requests.getStore()

/** Runs `work`, and whatever follows from it, as a part of `request`. */
export const within = <T>(request: WatchedRequest, work: () => T): T => requests.run(request, work)

export const createWatchedRequest = (): WatchedRequest => {
  const trace = new Trace()
  const asked = new Map<string, { count: number; site?: string }>()

  /** Counts what is asked for, not what is sent: of twenty made at once none has been sent when the last is made. */
  const placeOf = (name: string) => {
    const place = asked.get(name) ?? { count: 0 }
    asked.set(name, place)
    if (++place.count === maxRepeats + 1) place.site = callSite() ?? ''
    return place
  }

  return {
    trace,
    ask({ name: given, text, args }) {
      const name = given || statementName(text)
      const place = placeOf(name)
      let usage: Usage | undefined
      let startedMs = 0
      let isOver = false
      return {
        begin() {
          if (usage) return
          usage = trace.use('statement', name, args)
          if (usage.wantsSite) usage.site = place.site ?? ''
          startedMs = performance.now()
          trace.begin('db')
        },
        end(rows = 0) {
          if (!usage || isOver) return
          isOver = true
          trace.end('db')
          usage.end(performance.now() - startedMs, rows)
        },
      }
    },
  }
}

let hasFailed = false

/** Whoever watches must not break what is watched: the first failure is told, and the app goes on. */
export const safely = <T>(work: () => T): T | undefined => {
  try {
    return work()
  } catch (error) {
    if (!hasFailed) {
      const { stack } = error instanceof Error ? error : new Error(String(error))
      process.emitWarning(`something can't be watched; the app is not touched by it. ${stack}`, 'FastpathWatchWarning')
    }
    hasFailed = true
    return undefined
  }
}
