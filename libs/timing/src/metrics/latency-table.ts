import type { LatencyLine, LatencyRead } from './latency-report.js'
import type { LatencyWindow } from './windows.js'

/** A report as text for people: one row a series, in milliseconds; series without a record in the window are only counted. */
export const formatLatencyTable = (lines: readonly LatencyLine[], window: LatencyWindow): string => {
  const told = lines.filter(({ windows }) => windows[window].count > 0)
  const rows: string[][] = []
  let group: string | undefined
  for (const line of told) {
    if (line.group !== group) {
      const hasBudgets = told.some((other) => other.group === line.group && other.budgetMs !== undefined)
      const shown = hasBudgets ? columns : columns.filter(({ ofBudget }) => !ofBudget)
      rows.push([], [line.group, ...shown.map(({ title }) => title)])
    }
    group = line.group
    rows.push([`  ${line.name || line.metric}`, ...columns.map(({ cell }) => cell(line.windows[window], line))])
  }
  const silent = lines.length - told.length
  const notes = silent === 0 ? '' : `\n${silent} more series without a record in this time\n`
  return `${alignColumns(rows).join('\n')}\n${notes}`
}

interface Column {
  readonly title: string
  /** Told for series that have one. */
  readonly ofBudget?: true
  readonly cell: (read: LatencyRead, line: LatencyLine) => string
}

const columns: readonly Column[] = [
  { title: 'count', cell: ({ count }) => String(count) },
  { title: 'p50 ms', cell: ({ p50Ms }) => p50Ms.toFixed(2) },
  { title: 'p95 ms', cell: ({ p95Ms }) => p95Ms.toFixed(2) },
  { title: 'p99 ms', cell: ({ p99Ms }) => p99Ms.toFixed(2) },
  { title: 'p99.9 ms', cell: ({ p999Ms }) => p999Ms.toFixed(2) },
  { title: 'max ms', cell: ({ maxMs }) => maxMs.toFixed(2) },
  { title: 'budget ms', ofBudget: true, cell: (_, { budgetMs }) => (budgetMs === undefined ? '' : String(budgetMs)) },
  {
    title: 'within',
    ofBudget: true,
    cell: ({ withinBudget }) => (withinBudget === undefined ? '' : percent(withinBudget)),
  },
]

/** Rounded down: what is not all is never told as 100 %. */
const percent = (share: number): string => `${(Math.floor(share * 10_000) / 100).toFixed(2)} %`

/** Names to the left, figures to the right. */
const alignColumns = (rows: readonly string[][]): string[] => {
  const printable = rows.map((row) => row.map((cell) => cell.replace(/\p{C}/gu, '?')))
  const widths = ['', ...columns].map((_, i) => Math.max(...printable.map((row) => row[i]?.length ?? 0), 0))
  return printable.map((row) =>
    row
      .map((cell, i) => (i === 0 ? cell.padEnd(widths[i] ?? 0) : cell.padStart((widths[i] ?? 0) + 2)))
      .join('')
      .trimEnd(),
  )
}
