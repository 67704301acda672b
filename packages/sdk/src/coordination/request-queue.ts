import { type Access, type Granted, type Need, refusal } from '../decisions/access.ts'
import { TokenManagerError } from '../errors.ts'
import type { Clock } from '../ports.ts'
import type { SessionEventDetail } from '../types.ts'

export interface RequestQueueDependencies {
  clock: Clock
  maxQueued: number
  maxWaitMs: number
  decide(need: Need): Access
  /** How long the endpoint wants to be left alone, if it said so. */
  retryAfterMs(): number | undefined
  emit(event: SessionEventDetail): void
}

export interface RequestQueue {
  /**
   * Waits until the need is met.
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

interface Waiter {
  readonly need: Need
  readonly queuedAt: number
  readonly resolve: (granted: Granted) => void
  readonly reject: (reason: unknown) => void
  stopListening?: () => void
}

export function createRequestQueue(dependencies: RequestQueueDependencies): RequestQueue {
  const { clock, maxQueued, maxWaitMs, decide, emit } = dependencies
  // Every call waits equally long, so insertion order is also the order of deadlines.
  const waiters = new Set<Waiter>()

  function leave(waiter: Waiter): void {
    waiters.delete(waiter)
    waiter.stopListening?.()
  }

  function fail(waiter: Waiter, error: TokenManagerError): void {
    leave(waiter)
    waiter.reject(error)
    emit({ type: 'request-failed', code: error.code })
  }

  function giveUp(): TokenManagerError {
    const retryAfterMs = dependencies.retryAfterMs()
    const details = retryAfterMs === undefined ? {} : { retryAfterMs }
    return new TokenManagerError('refresh_unavailable', `No fresh token within ${maxWaitMs} ms.`, details)
  }

  function listen(waiter: Waiter, signal: AbortSignal): void {
    const onAbort = () => {
      leave(waiter)
      waiter.reject(signal.reason)
    }
    signal.addEventListener('abort', onAbort, { once: true })
    waiter.stopListening = () => signal.removeEventListener('abort', onAbort)
  }

  return {
    wait(need, signal) {
      if (signal?.aborted) return Promise.reject(signal.reason)
      if (waiters.size >= maxQueued) {
        emit({ type: 'request-failed', code: 'queue_full' })
        return Promise.reject(
          new TokenManagerError('queue_full', `${maxQueued} calls are waiting for a token already.`),
        )
      }
      return new Promise((resolve, reject) => {
        const waiter: Waiter = { need, queuedAt: clock.now(), resolve, reject }
        if (signal) listen(waiter, signal)
        waiters.add(waiter)
        emit({ type: 'request-queued', queued: waiters.size })
      })
    },

    flush() {
      const now = clock.now()
      for (const waiter of waiters) {
        const access = decide(waiter.need)
        if (access.kind === 'granted') {
          leave(waiter)
          waiter.resolve(access)
          emit({ type: 'request-released', waitedMs: now - waiter.queuedAt, queued: waiters.size })
        } else if (access.kind === 'refused') fail(waiter, refusal(access))
        else if (now >= waiter.queuedAt + maxWaitMs) fail(waiter, giveUp())
      }
    },

    nextDeadline() {
      for (const waiter of waiters) return waiter.queuedAt + maxWaitMs
      return undefined
    },

    rejectAll(error) {
      for (const waiter of waiters) fail(waiter, error)
    },

    get size() {
      return waiters.size
    },
  }
}
