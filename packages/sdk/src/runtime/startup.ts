import type { RuntimeOptions } from '../options.ts'
import type { Ports } from '../ports.ts'
import { mayRestore } from '../session/fencing.ts'
import { liveSession, statusOf } from '../session/state.ts'
import type { Events } from './events.ts'
import type { Limits } from './limits.ts'
import type { Page } from './page.ts'
import type { Peers } from './peers.ts'
import type { Refresher } from './refresher.ts'
import type { Revoker } from './revoker.ts'
import type { Store } from './session-store.ts'
import type { Timer } from './timer.ts'

/** Finds out whether there is a session. */
export interface Startup {
  /** Settles when that is known, or after `maxWaitMs`. */
  run(): Promise<void>
  /** The same for the newest search: a sign-in by the server begins another. */
  readonly known: Promise<void>
  /** To be called after each change of state. */
  update(): void
}

export interface StartupParts {
  page: Pick<Page, 'closing'>
  timer: Pick<Timer, 'add' | 'update'>
  store: Pick<Store, 'state' | 'dispatch' | 'onEffect'>
  events: Pick<Events, 'emit'>
  peers: Pick<Peers, 'hydrate' | 'requestSession'>
  limits: Pick<Limits, 'evaluateInformed'>
  refresher: Pick<Refresher, 'start'>
  revoker: Pick<Revoker, 'revokeOwed'>
}

export function createStartup(
  { clock }: Pick<Ports, 'clock'>,
  { transport, maxWaitMs }: Pick<RuntimeOptions, 'transport' | 'maxWaitMs'>,
  { page, timer, store, events, peers, limits, refresher, revoker }: StartupParts,
): Startup {
  const never = Number.POSITIVE_INFINITY
  /** When those that wait for the start are told that it takes longer, because a store or the endpoint hangs. */
  let dueAt = never
  let isFinding = false
  let hasStarted = false
  let announce: (() => void) | undefined
  let known = newSearch()
  const isWaiting = () => store.state.phase === 'loading' || store.state.phase === 'restoring'

  function newSearch(): Promise<void> {
    return new Promise((resolve) => {
      announce = resolve
    })
  }

  function begin(): void {
    dueAt = clock.now() + maxWaitMs
    timer.update()
    void find()
  }

  async function find(): Promise<void> {
    isFinding = true
    await peers.hydrate()
    // Before anything uses what was restored.
    limits.evaluateInformed()
    isFinding = false
    if (page.closing.aborted) return
    // Also in a page that somebody has signed in meanwhile.
    revoker.revokeOwed()
    const { phase } = store.state
    if (phase === 'ready' || phase === 'restoring') return
    const byCookie = !liveSession(store.state) && transport.refreshTokenIn === 'cookie' && mayRestore(store.state)
    store.dispatch({ type: 'phase', phase: byCookie ? 'restoring' : 'ready' })
    if (byCookie) void refresher.start('restore')
  }

  /** There is a session whose tokens this page has not got. */
  async function findTokens(): Promise<void> {
    await peers.requestSession()
    const { phase, identityChanged } = store.state
    if (phase === 'ready' || identityChanged) return
    if (transport.refreshTokenIn === 'cookie') void refresher.start('restore')
    else store.dispatch({ type: 'unrefreshable' })
  }

  store.onEffect('request-session', () => void findTokens())
  timer.add({ nextAt: () => (isWaiting() ? dueAt : never) })
  return {
    run() {
      begin()
      return known
    },
    get known() {
      return known
    },
    update() {
      if (dueAt !== never && !isFinding && store.state.phase === 'loading') {
        known = newSearch()
        begin()
      }
      if (isWaiting() && clock.now() >= dueAt) store.dispatch({ type: 'phase', phase: 'overdue' })
      const status = statusOf(store.state)
      if (!announce || status === 'starting') return
      announce()
      announce = undefined
      if (!hasStarted) events.emit({ type: 'started', status })
      hasStarted = true
    },
  }
}
