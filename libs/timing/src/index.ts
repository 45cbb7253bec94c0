export { Call, type CallOptions, type Log, type Viewer } from './call.js'
export {
  createHistogram,
  type Histogram,
  type HistogramBuckets,
  type PackedBuckets,
  type Percentiles,
} from './metrics/histogram.js'
export {
  type LatencyLine,
  type LatencyRead,
  type LatencyReportOptions,
  latencyReport,
} from './metrics/latency-report.js'
export { formatLatencyTable } from './metrics/latency-table.js'
export { type LoopDelay, watchLoopDelay } from './metrics/loop-delay.js'
export { type Counter, createMetrics, type Labels, type Metrics, type MetricsOptions } from './metrics/metrics.js'
export { formatPrometheus, prometheusContentType } from './metrics/prometheus.js'
export { type LatencySnapshot, snapshotFromWire, snapshotToWire, takeSnapshots } from './metrics/snapshot.js'
export { type LatencyWindow, latencyWindows, type WindowedHistogram } from './metrics/windows.js'
export { Slots } from './slots.js'
export { createSweeper, type Sweeper, type Waiter } from './sweeper.js'
export { callSite } from './trace/call-site.js'
export { createJudge, type Judge, type Judged, type JudgeMode, type JudgeOptions, judgeModes } from './trace/judge.js'
export { formatServerTiming, parseServerTiming, type TimingEntry } from './trace/server-timing.js'
export { type CountKind, Trace, type TraceReport } from './trace/trace.js'
export { formatTraceparent, newTraceContext, parseTraceparent, type TraceContext } from './trace/traceparent.js'
export { maxRepeats, type Usage } from './trace/usage.js'
export { findVerdicts, type Verdict, type VerdictKind, type VerdictLimits } from './trace/verdicts.js'
