import type { SessionEvent, SessionMetrics } from '../types.ts'
import { type Alert, NOTHING_SEEN, watchFor } from './alerts.ts'

/** The figures that only grow. */
type Figures = Omit<
  SessionMetrics,
  | 'requestsSent'
  | 'unauthorizedAnswers'
  | 'refreshSuccessRate'
  | 'refreshLatencyP50Ms'
  | 'refreshLatencyP95Ms'
  | 'sessionDurationMs'
>

/** What the figures are made of. Bounded, whatever happens. */
interface Measured {
  readonly figures: Figures
  /** How long the newest refreshes took. */
  readonly latenciesMs: readonly number[]
  readonly signedInAt?: number | undefined
  readonly signedOutAt?: number | undefined
}

const SAMPLES = 200

const NOTHING_MEASURED: Measured = {
  figures: {
    refreshesSucceeded: 0,
    refreshesFailed: 0,
    refreshesAdopted: 0,
    refreshLatencyMaxMs: 0,
    requestsQueued: 0,
    requestsReplayed: 0,
    requestsFailed: 0,
    longestWaitMs: 0,
    leaderChanges: 0,
  },
  latenciesMs: [],
}

const COUNTED: { readonly [type in SessionEvent['type']]?: keyof Figures } = {
  refreshed: 'refreshesSucceeded',
  'refresh-failed': 'refreshesFailed',
  adopted: 'refreshesAdopted',
  'request-queued': 'requestsQueued',
  'request-replayed': 'requestsReplayed',
  'request-failed': 'requestsFailed',
  'leader-changed': 'leaderChanges',
}

function measure(before: Measured, event: SessionEvent): Measured {
  const counted = COUNTED[event.type]
  const figures = counted ? { ...before.figures, [counted]: before.figures[counted] + 1 } : before.figures
  switch (event.type) {
    case 'refreshed': {
      const refreshLatencyMaxMs = Math.max(figures.refreshLatencyMaxMs, event.durationMs)
      const latenciesMs = [...before.latenciesMs, event.durationMs].slice(-SAMPLES)
      return { ...before, figures: { ...figures, refreshLatencyMaxMs }, latenciesMs }
    }
    case 'request-released':
      return { ...before, figures: { ...figures, longestWaitMs: Math.max(figures.longestWaitMs, event.waitedMs) } }
    case 'restored': {
      // The endpoint renewed the session, so that was a refresh as well.
      const refreshesSucceeded = figures.refreshesSucceeded + (event.from === 'cookie' ? 1 : 0)
      return { ...before, figures: { ...figures, refreshesSucceeded }, signedInAt: event.at, signedOutAt: undefined }
    }
    case 'signed-in':
      return { ...before, signedInAt: event.at, signedOutAt: undefined }
    case 'signed-out':
      return { ...before, signedOutAt: event.at }
    default:
      return figures === before.figures ? before : { ...before, figures }
  }
}

function sessionMs({ signedInAt, signedOutAt }: Measured, now: number): number {
  return signedInAt === undefined ? 0 : Math.max(0, (signedOutAt ?? now) - signedInAt)
}

/** The sample that `share` of all samples do not exceed (nearest rank). */
function percentile(sorted: readonly number[], share: number): number {
  return sorted[Math.ceil(sorted.length * share) - 1] ?? 0
}

export interface Meter {
  /**
   * Takes an event in and returns the alerts that it raises: each once, when its condition begins to hold. `signedInAt`
   * is the session's own, where it is known: a session that was restored is older than this page.
   */
  note(event: SessionEvent, signedInAt?: number): Alert[]
  /** Counts what is too frequent for an event. */
  count(name: 'requestsSent' | 'unauthorizedAnswers'): void
  read(now: number): SessionMetrics
}

/** Figures and alerts since its creation. */
export function createMeter(): Meter {
  let measured = NOTHING_MEASURED
  let watch = NOTHING_SEEN
  const counts = { requestsSent: 0, unauthorizedAnswers: 0 }

  return {
    note(event, signedInAt) {
      measured = measure(measured, event)
      if (signedInAt !== undefined) measured = { ...measured, signedInAt }
      const [watched, alerts] = watchFor(watch, event, sessionMs(measured, event.at))
      watch = watched
      return alerts
    },
    count(name) {
      counts[name]++
    },
    read(now) {
      const { figures, latenciesMs } = measured
      const attempts = figures.refreshesSucceeded + figures.refreshesFailed
      const sorted = [...latenciesMs].sort((a, b) => a - b)
      return {
        ...figures,
        ...counts,
        refreshSuccessRate: attempts ? figures.refreshesSucceeded / attempts : 1,
        refreshLatencyP50Ms: percentile(sorted, 0.5),
        refreshLatencyP95Ms: percentile(sorted, 0.95),
        sessionDurationMs: sessionMs(measured, now),
      }
    },
  }
}
