import { TokenManagerError } from '../errors.ts'
import type { RuntimeOptions } from '../options.ts'
import type { Ports } from '../ports.ts'
import { type Access, type Granted, type Need, refusal } from '../session/access.ts'
import { quietMs } from '../session/refresh-plan.ts'
import type { ErrorCode } from '../types.ts'
import type { Events } from './events.ts'
import type { Store } from './session-store.ts'

export interface RequestQueue {
  /**
   * Waits until the need is met. Calls that come at once with the same need are given the same promise.
   * @throws TokenManagerError `queue_full`, `refresh_unavailable` at the deadline, and what `decide` refuses with
   */
  wait(need: Need, signal?: AbortSignal): Promise<Granted>
  /** Serves, in order, all that can be served now. */
  flush(): void
  /** When the longest waiting call has to be given up. */
  nextDeadline(): number | undefined
  rejectAll(error: TokenManagerError): void
  readonly size: number
}

/**
 * Calls that came one straight after the other, in the same millisecond and with the same need: whatever becomes of one
 * becomes of all, so that each but the first costs no more than a place in the list of a promise.
 */
interface Group {
  readonly need: Need
  readonly queuedAt: number
  readonly promise: Promise<Granted>
  readonly resolve: (granted: Granted) => void
  readonly reject: (reason: unknown) => void
  calls: number
  /** Only of a call that can be aborted, which is a group of its own. */
  stopListening?: () => void
}

const nothing = () => ({ queued: 0, released: 0, waitedMs: 0, failed: new Map<ErrorCode, number>() })

export interface RequestQueueParts {
  store: Pick<Store, 'state' | 'dispatch'>
  events: Pick<Events, 'emit'>
  decide(need: Need): Access
}

export function createRequestQueue(
  { clock }: Pick<Ports, 'clock'>,
  { maxQueued, maxWaitMs }: Pick<RuntimeOptions, 'maxQueued' | 'maxWaitMs'>,
  { store, events: { emit }, decide }: RequestQueueParts,
): RequestQueue {
  // Every call waits equally long, so insertion order is also the order of deadlines.
  const groups = new Set<Group>()
  let newest: Group | undefined
  let size = 0
  // Nobody waits while a laptop sleeps, or because somebody sets its clock.
  const waitingSince = ({ queuedAt }: Group) => queuedAt + clock.leapMs(queuedAt)

  /** What happened since it was last told: a burst of calls is one event. */
  let unreported = nothing()
  let isReportDue = false

  function report(): void {
    const { queued, released, waitedMs, failed } = unreported
    unreported = nothing()
    if (queued) emit({ type: 'request-queued', count: queued, queued: size })
    if (released) emit({ type: 'request-released', count: released, waitedMs, queued: size })
    for (const [code, count] of failed) emit({ type: 'request-failed', code, count })
  }

  /** Once the turn is over in which calls come one after the other. */
  function reportSoon(): void {
    if (isReportDue) return
    isReportDue = true
    void Promise.resolve().then(() => {
      isReportDue = false
      report()
    })
  }

  function leave(group: Group): void {
    groups.delete(group)
    if (group === newest) newest = undefined
    group.stopListening?.()
    size -= group.calls
  }

  function countFailed(code: ErrorCode, count: number): void {
    unreported.failed.set(code, (unreported.failed.get(code) ?? 0) + count)
  }

  function release(group: Group, granted: Granted, waitedMs: number): void {
    group.resolve(granted)
    leave(group)
    unreported.released += group.calls
    unreported.waitedMs = Math.max(unreported.waitedMs, waitedMs)
  }

  function fail(group: Group, error: TokenManagerError): void {
    group.reject(error)
    leave(group)
    countFailed(error.code, group.calls)
  }

  function giveUp(): TokenManagerError {
    const retryAfterMs = quietMs(store.state, clock.now())
    const details = retryAfterMs === undefined ? {} : { retryAfterMs }
    const { lastRefreshError } = store.state
    const why = lastRefreshError === undefined ? '' : `; the last refresh failed: ${lastRefreshError}`
    return new TokenManagerError('refresh_unavailable', `No fresh token within ${maxWaitMs} ms${why}.`, details)
  }

  function listen(group: Group, signal: AbortSignal): void {
    const onAbort = () => {
      leave(group)
      group.reject(signal.reason)
    }
    signal.addEventListener('abort', onAbort, { once: true })
    group.stopListening = () => signal.removeEventListener('abort', onAbort)
  }

  function groupOf(need: Need, signal: AbortSignal | undefined): Group {
    const { identity, minValidityMs, newerThan, committedSince } = need
    const queuedAt = clock.now()
    if (
      !signal &&
      newest?.queuedAt === queuedAt &&
      newest.need.identity === identity &&
      newest.need.minValidityMs === minValidityMs &&
      newest.need.newerThan === newerThan &&
      newest.need.committedSince === committedSince
    ) {
      return newest
    }
    const settle: Pick<Group, 'resolve' | 'reject'> = { resolve() {}, reject() {} }
    const promise = new Promise<Granted>((resolve, reject) => Object.assign(settle, { resolve, reject }))
    const group: Group = { need, queuedAt, promise, calls: 0, ...settle }
    groups.add(group)
    // Only the last in line takes others in, which keeps the order.
    newest = signal ? undefined : group
    if (signal) listen(group, signal)
    return group
  }

  return {
    wait(need, signal) {
      if (signal?.aborted) return Promise.reject(signal.reason)
      if (size >= maxQueued) {
        countFailed('queue_full', 1)
        reportSoon()
        return Promise.reject(
          new TokenManagerError('queue_full', `${maxQueued} calls are waiting for a token already.`),
        )
      }
      const group = groupOf(need, signal)
      group.calls++
      size++
      unreported.queued++
      reportSoon()
      return group.promise
    },

    flush() {
      const now = clock.now()
      let hasTimedOut = false
      for (const group of groups) {
        const access = decide(group.need)
        if (access.kind === 'granted') release(group, access, now - waitingSince(group))
        else if (access.kind === 'refused') fail(group, refusal(access))
        else if (now >= waitingSince(group) + maxWaitMs) {
          fail(group, giveUp())
          hasTimedOut = true
        }
      }
      report()
      if (hasTimedOut) store.dispatch({ type: 'wait-timed-out' })
    },

    nextDeadline() {
      for (const group of groups) return waitingSince(group) + maxWaitMs
      return undefined
    },

    rejectAll(error) {
      for (const group of groups) fail(group, error)
      report()
    },

    get size() {
      return size
    },
  }
}
