import type { Lab } from '../experiment.js'
import { type Column, tellRounds, tellTable } from '../table.js'
import type { Compared } from './compare-open-loop.js'
import { percentileNames, samplesForP999 } from './percentiles.js'
import type { Interval, Verdict } from './verdict.js'

/** Tells the figures of both, and the verdict on each percentile. */
export const tellComparison = (lab: Lab, title: string, { rounds, names, verdicts }: Compared): void => {
  tellRounds(lab, title, { rounds, columns: openLoopColumns })
  const rows = percentileNames.map((name) => {
    const judged = verdicts[name]
    if (!judged) return [name, '–', '–', 'not told']
    const { ratio, interval, noise, verdict } = judged
    return [name, `${ratio.toFixed(3)} ${formatInterval(interval)}`, formatInterval(noise), verdict]
  })
  tellTable(lab, [[`${names.b} to ${names.a}`, 'median ratio [95 %]', 'A/A [95 %]', 'verdict'], ...rows])
  const untold = percentileNames.filter((name) => !verdicts[name])
  if (untold.length > 0)
    lab.say(`${untold.join(', ')}: not told, for fewer than ${samplesForP999} answers a round or too many without one`)
}

/** A verdict among the figures of an experiment, which are numbers. */
export const verdictFigure: Readonly<Record<Verdict, number>> = { faster: -1, unsure: 0, slower: 1 }

/** Latency from the intended start, service time from the actual one. */
export const openLoopColumns: readonly Column[] = [
  ...percentileNames.map((name) => ({ figure: name, title: `${name} ms`, digits: 2 })),
  ...percentileNames.map((name) => ({ figure: `service ${name}`, title: `service ${name}`, digits: 2 })),
  { figure: 'lag p99', title: 'lag p99', digits: 2 },
  { figure: 'failed', title: 'failed' },
  { figure: 'dropped', title: 'dropped' },
]

const formatInterval = ({ low, high }: Interval): string => `[${low.toFixed(3)}–${high.toFixed(3)}]`
