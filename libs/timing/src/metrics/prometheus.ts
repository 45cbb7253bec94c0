import type { Histogram } from './histogram.js'
import type { Labels, Metrics } from './metrics.js'

/** Upper bounds of the buckets, in seconds: from 0.1 ms, since a fast API answers in less than Prometheus' usual 5 ms. */
const boundsSeconds = [0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10]

export const prometheusContentType = 'text/plain; version=0.0.4; charset=utf-8'

/** All instruments in Prometheus' text format, version 0.0.4. */
export const formatPrometheus = (metrics: Metrics): string => {
  let text = ''
  for (const { name, help, type, series } of metrics.families()) {
    text += `# HELP ${name} ${help.replace(/\\/g, '\\\\').replace(/\n/g, '\\n')}\n# TYPE ${name} ${type}\n`
    for (const { labels, histogram, read } of series.values()) {
      if (histogram) text += formatHistogram(name, labels, histogram)
      else if (read) text += `${name}${formatLabels(labels)} ${read()}\n`
    }
  }
  return text
}

const formatHistogram = (name: string, labels: Labels, histogram: Histogram): string => {
  const { count, sumMs } = histogram.buckets()
  let text = ''
  for (const bound of boundsSeconds) {
    text += `${name}_bucket${formatLabels({ ...labels, le: String(bound) })} ${histogram.countUpTo(bound * 1000)}\n`
  }
  text += `${name}_bucket${formatLabels({ ...labels, le: '+Inf' })} ${count}\n`
  return `${text}${name}_sum${formatLabels(labels)} ${sumMs / 1000}\n${name}_count${formatLabels(labels)} ${count}\n`
}

const formatLabels = (labels: Labels): string => {
  const pairs = Object.entries(labels).map(([key, value]) => `${key}="${escapeLabel(value)}"`)
  return pairs.length === 0 ? '' : `{${pairs.join(',')}}`
}

const escapeLabel = (value: string): string => value.replace(/["\\]/g, '\\$&').replace(/\n/g, '\\n')
