import type { SessionEvent } from '../types.ts'
import { type Alert, alertsFor, WATCHED_ATTEMPTS, WATCHED_RENEWALS } from './alerts.ts'

/** Counts and figures since the manager started. */
export interface SessionMetrics {
  refreshesSucceeded: number
  refreshesFailed: number
  refreshesAdopted: number
  /** Succeeded / (succeeded + failed); 1 when there was none. */
  refreshSuccessRate: number
  refreshLatencyP50Ms: number
  refreshLatencyP95Ms: number
  refreshLatencyMaxMs: number
  requestsSent: number
  requestsQueued: number
  requestsReplayed: number
  requestsFailed: number
  longestWaitMs: number
  unauthorizedAnswers: number
  leaderChanges: number
  sessionDurationMs: number
}

const LATENCY_SAMPLES = 200

type Derived = 'refreshSuccessRate' | 'refreshLatencyP50Ms' | 'refreshLatencyP95Ms' | 'sessionDurationMs'

type Figures = Omit<SessionMetrics, Derived>

/** What each event is counted in: as often as it says, or once. */
const COUNTED: { readonly [type in SessionEvent['type']]?: keyof Figures } = {
  refreshed: 'refreshesSucceeded',
  'refresh-failed': 'refreshesFailed',
  adopted: 'refreshesAdopted',
  'request-queued': 'requestsQueued',
  'request-replayed': 'requestsReplayed',
  'request-failed': 'requestsFailed',
  'leader-changed': 'leaderChanges',
}

/** Keeps the newest `length`. */
function push<T>(kept: T[], value: T, length: number): void {
  kept.push(value)
  if (kept.length > length) kept.shift()
}

/** The sample that `share` of all samples do not exceed (nearest rank). */
function percentile(sorted: readonly number[], share: number): number {
  return sorted[Math.ceil(sorted.length * share) - 1] ?? 0
}

export interface Meter {
  /**
   * Takes an event in and gives the alerts that it raises: each once, when its condition begins to hold. `signedInAt` is
   * the session's own, where it is known: a session that was restored is older than this page.
   */
  note(event: SessionEvent, signedInAt?: number): Alert[]
  /** Counts what is too frequent for an event. */
  count(name: 'requestsSent' | 'unauthorizedAnswers'): void
  read(now: number): SessionMetrics
}

/** Figures and alerts since its creation. Keeps little, whatever happens. */
export function createMeter(): Meter {
  const figures: Figures = {
    refreshesSucceeded: 0,
    refreshesFailed: 0,
    refreshesAdopted: 0,
    refreshLatencyMaxMs: 0,
    requestsSent: 0,
    requestsQueued: 0,
    requestsReplayed: 0,
    requestsFailed: 0,
    longestWaitMs: 0,
    unauthorizedAnswers: 0,
    leaderChanges: 0,
  }
  const latenciesMs: number[] = []
  const failed: boolean[] = []
  let renewals: number[] = []
  let error = ''
  let accessLifetimeMs = 0
  let concurrent = false
  let holding: Alert[] = []
  let startedAt: number | undefined
  let endedAt: number | undefined
  /** The generation that an attempt of this tab is under way for, and the last that it made itself. */
  let open: string | undefined
  let made: string | undefined

  function attempted(problem: string): void {
    push(failed, problem !== '', WATCHED_ATTEMPTS)
    error = problem
    open = undefined
  }

  function took(durationMs: number): void {
    push(latenciesMs, durationMs, LATENCY_SAMPLES)
    figures.refreshLatencyMaxMs = Math.max(figures.refreshLatencyMaxMs, durationMs)
  }

  function renewed(at: number): void {
    push(renewals, at, WATCHED_RENEWALS)
    error = ''
    open = undefined
  }

  function beginAnew(): void {
    renewals = []
    error = ''
    open = undefined
    made = undefined
  }

  function takeIn(event: SessionEvent): void {
    const { type, at, sid, generation } = event
    const attempt = generation === undefined ? undefined : `${sid}:${generation}`
    const counted = COUNTED[type]
    if (counted) figures[counted] += 'count' in event ? event.count : 1
    if (type === 'signed-in' || type === 'restored') {
      startedAt = at
      endedAt = undefined
    }
    if (type === 'signed-in') beginAnew()
    else if (type === 'signed-out') {
      beginAnew()
      endedAt = at
    } else if (type === 'restored' && event.from === 'cookie') {
      // The endpoint renewed the session, so that was a refresh as well.
      figures.refreshesSucceeded++
      attempted('')
      took(event.durationMs)
    } else if (type === 'refresh-started') {
      concurrent = attempt !== undefined && attempt === open
      open = attempt
    } else if (type === 'refreshed') {
      attempted('')
      renewed(at)
      made = attempt
      accessLifetimeMs = event.accessLifetimeMs
      took(event.durationMs)
    } else if (type === 'refresh-failed') attempted(event.error)
    else if (type === 'adopted') {
      renewed(at)
      // For the generation that this tab made itself: another successor of the token that it spent.
      concurrent = attempt !== undefined && attempt === made
    } else if (type === 'request-released') figures.longestWaitMs = Math.max(figures.longestWaitMs, event.waitedMs)
  }

  const sessionMs = (now: number) => (startedAt === undefined ? 0 : Math.max(0, (endedAt ?? now) - startedAt))

  return {
    note(event, signedInAt) {
      takeIn(event)
      startedAt = signedInAt ?? startedAt
      // A thousand requests may be released in one turn, and none of them changes what is judged.
      if (event.type.startsWith('request-')) return []
      const before = holding.map(({ name }) => name)
      holding = alertsFor({
        failed,
        error,
        renewedAt: renewals,
        accessLifetimeMs,
        concurrent,
        sessionMs: sessionMs(event.at),
      })
      return holding.filter(({ name }) => !before.includes(name))
    },
    count(name) {
      figures[name]++
    },
    read(now) {
      const { refreshesSucceeded, refreshesFailed } = figures
      const attempts = refreshesSucceeded + refreshesFailed
      const sorted = [...latenciesMs].sort((a, b) => a - b)
      return {
        ...figures,
        refreshSuccessRate: attempts ? refreshesSucceeded / attempts : 1,
        refreshLatencyP50Ms: percentile(sorted, 0.5),
        refreshLatencyP95Ms: percentile(sorted, 0.95),
        sessionDurationMs: sessionMs(now),
      }
    },
  }
}
