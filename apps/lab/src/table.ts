import type { Lab } from './experiment.js'
import type { Rounds, Spread, TimeRatio } from './rounds.js'

/** One figure of the rounds as a column. */
export interface Column {
  readonly figure: string
  readonly title: string
  /** Digits after the point; 0 unless told. */
  readonly digits?: number
}

/** Tells a row a variant, each figure as its median and the quartiles; a figure that nobody has is left out. */
export const tellRounds = (
  lab: Lab,
  title: string,
  { rounds, columns }: { rounds: Rounds; columns: readonly Column[] },
) => {
  const variants = [...rounds.samples.keys()]
  const has = (variant: string, figure: string) =>
    rounds.samples.get(variant)?.every((sample) => sample[figure] !== undefined) ?? false
  const shown = columns.filter(({ figure }) => variants.some((variant) => has(variant, figure)))
  const rows = variants.map((variant) => [
    variant,
    ...shown.map(({ figure, digits }) =>
      has(variant, figure) ? formatSpread(rounds.spread(variant, figure), digits) : '–',
    ),
  ])
  tellTable(lab, [[title, ...shown.map((column) => column.title)], ...rows])
}

/** Tells ratios, named as in the figures of `--json`. */
export const tellRatios = (lab: Lab, ratios: Readonly<Record<string, Spread>>) => {
  tellTable(lab, [
    ['ratio', 'median [quartiles of the rounds]'],
    ...Object.entries(ratios).map(([name, spread]) => [name, formatSpread(spread, 3)]),
  ])
}

/** Tells figures that belong to no single variant, named as in the figures of `--json`. */
export const tellSpreads = (lab: Lab, title: string, spreads: Readonly<Record<string, Spread>>) => {
  tellTable(lab, [
    [title, 'median [quartiles of the rounds]'],
    ...Object.entries(spreads).map(([name, spread]) => [name, formatSpread(spread, 2)]),
  ])
}

/** Tells ratios of times with what they say: whether the first of the name is faster than what comes after its `to`. */
export const tellTimeRatios = (lab: Lab, ratios: Readonly<Record<string, TimeRatio>>) => {
  tellTable(lab, [
    ['ratio of times', 'median [quartiles of the rounds]', 'verdict'],
    ...Object.entries(ratios).map(([name, ratio]) => [name, formatSpread(ratio, 3), ratio.verdict]),
  ])
}

/** Tells rows in columns; the first row is the heading, the first column its names. */
export const tellTable = (lab: Lab, rows: readonly (readonly string[])[]) => {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)))
  const line = (row: readonly string[]) =>
    row.map((cell, i) => (i === 0 ? cell.padEnd(widths[i] ?? 0) : cell.padStart(widths[i] ?? 0))).join('   ')
  const [heading = [], ...body] = rows
  lab.say('')
  lab.say(line(heading))
  lab.say('─'.repeat(line(heading).length))
  for (const row of body) lab.say(line(row))
}

const formatSpread = ({ median, q1, q3 }: Spread, digits = 0): string => {
  const format = (value: number) =>
    value.toLocaleString('en-US', { minimumFractionDigits: digits, maximumFractionDigits: digits })
  return q1 === q3 ? format(median) : `${format(median)} [${format(q1)}–${format(q3)}]`
}
