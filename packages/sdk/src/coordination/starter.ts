import { mayRestore } from '../decisions/fencing.ts'
import type { Happening } from '../decisions/happening.ts'
import { liveSession, type State, statusOf } from '../decisions/state.ts'
import type { Clock } from '../ports.ts'
import type { Endpoint, SessionEventDetail } from '../types.ts'

export interface StarterDependencies {
  clock: Clock
  transport: Endpoint
  maxWaitMs: number
  state(): State
  dispatch(happening: Happening): void
  emit(event: SessionEventDetail): void
  sleep(ms: number, signal: AbortSignal): Promise<void>
  /** Takes in what other pages know, and judges. */
  welcome(): Promise<void>
  /** Asks the endpoint whether the refresh cookie holds a session. */
  restore(): void
  /** Makes up for a revocation that an earlier page could not send. */
  revoke(): void
}

/** Finds out whether there is a session. */
export interface Starter {
  /** Settles when that is known, or after `maxWaitMs`. */
  run(): Promise<void>
  /** To be called after each change of state. */
  look(): void
  /** The page is done with. */
  stop(): void
  /** When those that wait for the start are told that it takes longer; in page time. */
  readonly dueAt: number
}

export function createStarter(dependencies: StarterDependencies): Starter {
  const { clock, transport, state, dispatch } = dependencies
  const known = new AbortController()
  let overdueAt = Number.POSITIVE_INFINITY
  let announce: (() => void) | undefined
  const started = new Promise<void>((resolve) => {
    announce = resolve
  })

  /** The stores may hang; who waits for the start is told so in time. */
  async function find(): Promise<void> {
    const toldAt = clock.now() + dependencies.maxWaitMs
    void dependencies.sleep(dependencies.maxWaitMs, known.signal).then(() => {
      if (!known.signal.aborted) dispatch({ type: 'phase', phase: 'overdue' })
    })
    await dependencies.welcome()
    known.abort()
    const { phase } = state()
    if (phase === 'ready' || phase === 'restoring') return
    const byCookie = !liveSession(state()) && transport.refreshTokenIn === 'cookie' && mayRestore(state())
    if (state().ledger?.revocationPending) dependencies.revoke()
    overdueAt = toldAt
    dispatch({ type: 'phase', phase: byCookie ? 'restoring' : 'ready' })
    if (byCookie) dependencies.restore()
  }

  return {
    async run() {
      void find()
      await started
    },
    look() {
      const isOverdue = state().phase === 'restoring' && clock.now() >= overdueAt
      if (isOverdue) dispatch({ type: 'phase', phase: 'overdue' })
      const status = statusOf(state())
      if (!announce || status === 'starting') return
      announce()
      announce = undefined
      dependencies.emit({ type: 'started', status })
    },
    stop: () => known.abort(),
    get dueAt() {
      return state().phase === 'restoring' ? overdueAt : Number.POSITIVE_INFINITY
    },
  }
}
