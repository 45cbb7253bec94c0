import { startRedis } from '@fastpath/servers'
import { type Child, startChild } from '../child.js'
import type { Experiment, Lab, Variant } from '../experiment.js'
import { interleave } from '../rounds.js'
import { startPrivate } from '../stack.js'
import type { Burst, BurstTally, WorkerArgs } from '../stampede/worker.js'
import { tellRounds } from '../table.js'

const processes = 4
const askers = 1_000

export const stampede: Experiment = {
  name: 'stampede',
  summary: 'A thousand ask four processes for one key that nobody has: without a cache, in memory, with Redis.',
  heldEqual:
    '1,000 askers at the same moment, 250 in each of four processes; a key of its own each time; a load takes 50 ms. ' +
    'Every asker must get the value that belongs to the key.',
  teaches:
    'When what everybody reads falls out of a cache, everybody loads it at once, at the worst moment. ' +
    'In one process a load is shared by all who wait for it; over processes a short lease in Redis lets one of them load for all. ' +
    'Whom Redis does not answer within 5 ms loads for itself, as if it were away: on two busy cores in a round now and then.',

  async run(lab) {
    const redis = await startPrivate(lab, startRedis)
    const withRedis = await startProcesses(lab, { redisUrl: redis.url })
    const alone = await startProcesses(lab, { redisUrl: '' })
    const rounds = await interleave(
      [
        variant('no cache', alone, { cached: false }),
        variant('memory', alone, { cached: true }),
        variant('redis', withRedis, { cached: true }),
      ],
      { rounds: lab.quick ? 5 : 41, roundMs: 0, warmupMs: 1 },
    )
    tellRounds(lab, `${askers} misses over ${processes} processes`, {
      rounds,
      columns: [
        { figure: 'loads', title: 'loads' },
        { figure: 'ms', title: 'ms until all have it' },
      ],
    })
    const most = (name: string) => Math.max(...(rounds.samples.get(name) ?? []).map(({ loads = 0 }) => loads))
    const figures = {
      'loads-without-cache': rounds.spread('no cache', 'loads').median,
      'loads-without-redis': rounds.spread('memory', 'loads').median,
      'loads-with-redis': rounds.spread('redis', 'loads').median,
      'most-loads-without-redis': most('memory'),
      'most-loads-with-redis': most('redis'),
    }
    lab.say(`the most of all rounds: ${most('memory')} in memory, ${most('redis')} with Redis`)
    return figures
  },
}

const startProcesses = (lab: Lab, args: WorkerArgs): Promise<Child[]> =>
  Promise.all(
    Array.from({ length: processes }, async () => {
      const { child } = await startChild(lab, new URL('../stampede/worker.ts', import.meta.url), args)
      return child
    }),
  )

let lastKey = 0

const variant = (name: string, children: readonly Child[], way: Pick<Burst, 'cached'>): Variant => ({
  name,
  async round() {
    const burst: Burst = { ...way, key: `key-${++lastKey}`, askers: askers / processes }
    const tallies = await Promise.all(children.map((child) => child.ask<BurstTally>(burst)))
    const sum = (of: 'loads' | 'right') => tallies.reduce((all, tally) => all + tally[of], 0)
    if (sum('right') !== askers) throw new Error(`${name}: ${askers - sum('right')} got something else`)
    return { loads: sum('loads'), ms: Math.max(...tallies.map(({ tookMs }) => tookMs)) }
  },
})
