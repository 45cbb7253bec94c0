import { expect, test } from '@jest/globals'
import { createMetrics } from './metrics.js'
import { formatPrometheus } from './prometheus.js'

test('writes counters, gauges and cumulative histograms, labels escaped', () => {
  const metrics = createMetrics()
  metrics.counter('hits_total', 'Hits', { tier: 'a"b\\c\nd' }).add(3)
  metrics.gauge('open', 'Open now', () => 2)
  const latency = metrics.histogram('latency_seconds', 'Latency')
  latency.record(0.0625)
  latency.record(3)
  const text = formatPrometheus(metrics)
  expect(text).toContain('# TYPE hits_total counter\nhits_total{tier="a\\"b\\\\c\\nd"} 3\n')
  expect(text).toContain('# TYPE open gauge\nopen 2\n')
  expect(text).toContain('latency_seconds_bucket{le="0.0001"} 1\n')
  expect(text).toContain('latency_seconds_bucket{le="0.005"} 2\n')
  expect(text).toContain('latency_seconds_bucket{le="+Inf"} 2\n')
  expect(text).toContain('latency_seconds_sum 0.0030625\nlatency_seconds_count 2\n')
})

test('the same name and labels are the same instrument; another kind under the name is an error', () => {
  const metrics = createMetrics()
  metrics.counter('a_total', 'A', { x: '1' }).add()
  metrics.counter('a_total', 'A', { x: '1' }).add()
  expect(formatPrometheus(metrics)).toContain('a_total{x="1"} 2\n')
  expect(() => metrics.histogram('a_total', 'A')).toThrow('already a counter')
})
