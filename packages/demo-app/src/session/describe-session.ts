import type { Diagnostics, SessionMetrics, SessionSnapshot } from '@token-manager/sdk'
import { formatDuration } from '../format/duration.ts'
import type { TransportFlavour } from './transport-flavour.ts'

export interface SessionFacts {
  snapshot: SessionSnapshot
  metrics: SessionMetrics
  diagnostics: Diagnostics
  flavour: TransportFlavour
}

export interface FactGroup {
  title: string
  facts: readonly (readonly [name: string, value: string])[]
}

const NONE = '–'
const SHORT_ID_LENGTH = 8

/** What the session panel lists: always the same names in the same order. */
export function describeSession({ snapshot, metrics, diagnostics, flavour }: SessionFacts): FactGroup[] {
  const { status, subject, generation, lastError } = snapshot
  const { refreshesSucceeded, refreshesFailed, refreshSuccessRate } = metrics
  const latency = (ms: number) => (refreshesSucceeded === 0 ? NONE : formatDuration(ms))
  return [
    {
      title: 'Session',
      facts: [
        ['Status', status],
        ['User', subject ?? NONE],
        ['Generation', generation === 0 ? NONE : String(generation)],
        ['Tab', diagnostics.tab.slice(0, SHORT_ID_LENGTH)],
        ['Leader', diagnostics.isLeader ? 'yes' : 'no'],
        ['Tabs', String(diagnostics.tabs)],
        ['Token in', flavour === 'cookie' ? 'cookie' : 'body'],
        ['Last error', lastError ?? NONE],
      ],
    },
    {
      title: 'Refreshes',
      facts: [
        ['Done', String(refreshesSucceeded)],
        ['Failed', String(refreshesFailed)],
        ['Adopted', String(metrics.refreshesAdopted)],
        ['Success', refreshesSucceeded + refreshesFailed === 0 ? NONE : formatRate(refreshSuccessRate)],
        ['p50', latency(metrics.refreshLatencyP50Ms)],
        ['p95', latency(metrics.refreshLatencyP95Ms)],
        ['Longest', latency(metrics.refreshLatencyMaxMs)],
      ],
    },
    {
      title: 'Requests',
      facts: [
        ['Sent', String(metrics.requestsSent)],
        ['Failed', String(metrics.requestsFailed)],
        ['Waiting', String(diagnostics.queued)],
        ['Waited', String(metrics.requestsQueued)],
        ['Longest wait', formatDuration(metrics.longestWaitMs)],
        ['Replayed', String(metrics.requestsReplayed)],
        ['Answers 401', String(metrics.unauthorizedAnswers)],
      ],
    },
  ]
}

/** Rounded down, so that 100 % means all. */
function formatRate(rate: number): string {
  return `${Math.floor(rate * 1_000) / 10} %`
}
