import { Agent, get } from 'node:http'
import type { Express } from 'express'
import { type ServerOptions, startServer } from './server.js'

/** In each of two ways: as finished answers, and through Express. */
const times = 100
const path = '/api/articles'

/**
 * Answers the first requests before anybody comes, on servers of its own that nobody knows: who came first would wait for
 * code that is not compiled yet, ten times as long as who comes later. What is asked for is what everybody asks for first.
 *
 * Ends at `untilMs` of `performance.now()` and at the first answer that is none. Never rejects: no start fails because of it.
 */
export const rehearse = async (app: Express, options: ServerOptions, untilMs: number): Promise<void> => {
  const leftMs = Math.floor(untilMs - performance.now())
  if (leftMs <= 0) return
  const signal = AbortSignal.timeout(leftMs)
  try {
    for (const responses of new Set([options.responses, undefined])) {
      const stage = await startServer(app, { ...options, host: '127.0.0.1', port: 0, perMinute: 0, responses })
      const agent = new Agent({ keepAlive: true })
      try {
        for (let i = 0; i < times; i++) await ask(stage.url + path, agent, signal)
      } finally {
        agent.destroy()
        await stage.close()
      }
    }
  } catch (error) {
    options.log.warn({ err: error }, 'starts unrehearsed')
  }
}

const ask = (url: string, agent: Agent, signal: AbortSignal): Promise<void> =>
  new Promise((resolve, reject) => {
    const request = get(url, { agent, signal }, (res) => {
      res.resume().once('end', resolve).once('error', reject)
      if (res.statusCode !== 200) reject(new Error(`${path} is answered with ${res.statusCode}`))
    })
    request.once('error', reject)
  })
