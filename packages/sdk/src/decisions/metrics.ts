import type { SessionEvent, SessionMetrics } from '../types.ts'
import { type Alert, alertsFor, WATCHED_ATTEMPTS, WATCHED_RENEWALS, type Watched } from './alerts.ts'

const LATENCY_SAMPLES = 200

type Derived = 'refreshSuccessRate' | 'refreshLatencyP50Ms' | 'refreshLatencyP95Ms' | 'sessionDurationMs'

type Counts = Pick<SessionMetrics, 'requestsSent' | 'unauthorizedAnswers'>

/** Bounded, whatever happens. */
interface Seen extends Omit<Watched, 'sessionMs'> {
  readonly figures: Omit<SessionMetrics, Derived | keyof Counts>
  readonly latenciesMs: readonly number[]
  readonly signedInAt?: number | undefined
  readonly signedOutAt?: number | undefined
  /** The generation that an attempt of this tab is under way for, and the last that it made itself. */
  readonly open?: string | undefined
  readonly made?: string | undefined
}

const NOTHING: Seen = {
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
  failed: [],
  error: '',
  renewedAt: [],
  accessLifetimeMs: 0,
  concurrent: false,
}

/** The newest `length` of what is kept. */
function push<T>(kept: readonly T[], value: T, length: number): T[] {
  return [...kept, value].slice(-length)
}

/** What `event` changes. */
function changes(seen: Seen, event: SessionEvent): Partial<Seen> {
  const { figures, made, open } = seen
  const { at, sid, generation } = event
  const attempt = generation === undefined ? undefined : `${sid}:${generation}`
  const plusOne = (name: keyof Seen['figures']) => ({ figures: { ...figures, [name]: figures[name] + 1 } })
  const attempted = (error: string) => ({
    error,
    failed: push(seen.failed, error !== '', WATCHED_ATTEMPTS),
    open: undefined,
  })
  const renewed = () => ({ error: '', renewedAt: push(seen.renewedAt, at, WATCHED_RENEWALS), open: undefined })
  const anew = { error: '', renewedAt: [], made: undefined, open: undefined }

  switch (event.type) {
    case 'signed-in':
      return { ...anew, signedInAt: at, signedOutAt: undefined }
    case 'restored':
      return {
        signedInAt: at,
        signedOutAt: undefined,
        // The endpoint renewed the session, so that was a refresh as well.
        ...(event.from === 'cookie' && { ...attempted(''), ...plusOne('refreshesSucceeded') }),
      }
    case 'signed-out':
      return { ...anew, signedOutAt: at }
    case 'refresh-started':
      return { open: attempt, concurrent: attempt !== undefined && attempt === open }
    case 'refreshed':
      return {
        ...attempted(''),
        ...renewed(),
        figures: {
          ...figures,
          refreshesSucceeded: figures.refreshesSucceeded + 1,
          refreshLatencyMaxMs: Math.max(figures.refreshLatencyMaxMs, event.durationMs),
        },
        latenciesMs: push(seen.latenciesMs, event.durationMs, LATENCY_SAMPLES),
        accessLifetimeMs: event.accessLifetimeMs,
        made: attempt,
      }
    case 'refresh-failed':
      return { ...attempted(event.error), ...plusOne('refreshesFailed') }
    case 'adopted':
      // For the generation that this tab made itself: another successor of the token that it spent.
      return { ...renewed(), ...plusOne('refreshesAdopted'), concurrent: attempt !== undefined && attempt === made }
    case 'request-queued':
      return plusOne('requestsQueued')
    case 'request-released':
      return { figures: { ...figures, longestWaitMs: Math.max(figures.longestWaitMs, event.waitedMs) } }
    case 'request-replayed':
      return plusOne('requestsReplayed')
    case 'request-failed':
      return plusOne('requestsFailed')
    case 'leader-changed':
      return plusOne('leaderChanges')
    default:
      return {}
  }
}

function sessionMs({ signedInAt, signedOutAt }: Seen, now: number): number {
  return signedInAt === undefined ? 0 : Math.max(0, (signedOutAt ?? now) - signedInAt)
}

/** The sample that `share` of all samples do not exceed (nearest rank). */
function percentile(sorted: readonly number[], share: number): number {
  return sorted[Math.ceil(sorted.length * share) - 1] ?? 0
}

function summarize(seen: Seen, counts: Counts, now: number): SessionMetrics {
  const { figures } = seen
  const attempts = figures.refreshesSucceeded + figures.refreshesFailed
  const sorted = [...seen.latenciesMs].sort((a, b) => a - b)
  return {
    ...figures,
    ...counts,
    refreshSuccessRate: attempts ? figures.refreshesSucceeded / attempts : 1,
    refreshLatencyP50Ms: percentile(sorted, 0.5),
    refreshLatencyP95Ms: percentile(sorted, 0.95),
    sessionDurationMs: sessionMs(seen, now),
  }
}

export interface Meter {
  /**
   * Takes an event in and gives the alerts that it raises: each once, when its condition begins to hold. `signedInAt` is
   * the session's own, where it is known: a session that was restored is older than this page.
   */
  note(event: SessionEvent, signedInAt?: number): Alert[]
  /** Counts what is too frequent for an event. */
  count(name: keyof Counts): void
  read(now: number): SessionMetrics
}

/** Figures and alerts since its creation. Keeps little, whatever happens. */
export function createMeter(): Meter {
  const counts: Counts = { requestsSent: 0, unauthorizedAnswers: 0 }
  let seen = NOTHING
  let holding: Alert[] = []

  return {
    note(event, signedInAt) {
      seen = { ...seen, ...changes(seen, event), ...(signedInAt !== undefined && { signedInAt }) }
      const before = holding.map(({ name }) => name)
      holding = alertsFor({ ...seen, sessionMs: sessionMs(seen, event.at) })
      return holding.filter(({ name }) => !before.includes(name))
    },
    count(name) {
      counts[name]++
    },
    read: (now) => summarize(seen, counts, now),
  }
}
