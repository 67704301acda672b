import type { Clock } from '../ports.ts'
import type { Happening } from '../session/actions.ts'
import { mayRestore } from '../session/fencing.ts'
import { liveSession, type State, statusOf } from '../session/state.ts'
import type { Endpoint, SessionEventDetail } from '../types.ts'

export interface StarterDependencies {
  clock: Clock
  transport: Endpoint
  maxWaitMs: number
  state(): State
  dispatch(happening: Happening): void
  emit(event: SessionEventDetail): void
  /** The page is done with. */
  closing: AbortSignal
  /** Sets the page's timer anew. */
  schedule(): void
  /** Takes in what other pages know, and judges. */
  welcome(): Promise<void>
  /** Asks the endpoint whether the refresh cookie holds a session. */
  restore(): void
  /** Makes up for revocations that earlier pages could not send. */
  makeUp(): void
}

/** Finds out whether there is a session. */
export interface Starter {
  /** Settles when that is known, or after `maxWaitMs`. */
  run(): Promise<void>
  /** The same for the newest search: a sign-in by the server begins another. */
  readonly known: Promise<void>
  /** To be called after each change of state. */
  look(): void
  /** When those that wait for the start are told that it takes longer, because a store or the endpoint hangs; in page time. */
  readonly dueAt: number
}

export function createStarter(dependencies: StarterDependencies): Starter {
  const { clock, transport, state, dispatch } = dependencies
  const never = Number.POSITIVE_INFINITY
  let dueAt = never
  let isFinding = false
  let hasStarted = false
  let announce: (() => void) | undefined
  let known = newSearch()
  const isWaiting = () => state().phase === 'loading' || state().phase === 'restoring'

  function newSearch(): Promise<void> {
    return new Promise((resolve) => {
      announce = resolve
    })
  }

  function begin(): void {
    dueAt = clock.now() + dependencies.maxWaitMs
    dependencies.schedule()
    void find()
  }

  async function find(): Promise<void> {
    isFinding = true
    await dependencies.welcome()
    isFinding = false
    if (dependencies.closing.aborted) return
    // Also in a page that somebody has signed in meanwhile.
    dependencies.makeUp()
    const { phase } = state()
    if (phase === 'ready' || phase === 'restoring') return
    const byCookie = !liveSession(state()) && transport.refreshTokenIn === 'cookie' && mayRestore(state())
    dispatch({ type: 'phase', phase: byCookie ? 'restoring' : 'ready' })
    if (byCookie) dependencies.restore()
  }

  return {
    run() {
      begin()
      return known
    },
    get known() {
      return known
    },
    look() {
      if (dueAt !== never && !isFinding && state().phase === 'loading') {
        known = newSearch()
        begin()
      }
      if (isWaiting() && clock.now() >= dueAt) dispatch({ type: 'phase', phase: 'overdue' })
      const status = statusOf(state())
      if (!announce || status === 'starting') return
      announce()
      announce = undefined
      if (!hasStarted) dependencies.emit({ type: 'started', status })
      hasStarted = true
    },
    get dueAt() {
      return isWaiting() ? dueAt : never
    },
  }
}
