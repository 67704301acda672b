import { TokenManagerError } from '../errors.ts'
import { createPolicyWatch } from '../features/policy-violations.ts'
import type { RuntimeOptions } from '../options.ts'
import type { Ports } from '../ports.ts'
import { initialState, liveSession } from '../session/state.ts'
import { createCrossTab } from './cross-tab.ts'
import { createEvents } from './events.ts'
import { createGrants } from './grants.ts'
import { createLimits } from './limits.ts'
import { createPage } from './page.ts'
import { followPage } from './page-lifecycle.ts'
import { createPeers } from './peers.ts'
import { createPersistence } from './persistence.ts'
import { createRefresher } from './refresher.ts'
import { createRevoker } from './revoker.ts'
import { createSender } from './sender.ts'
import { createStore } from './session-store.ts'
import { createSignIn } from './sign-in.ts'
import { createSignOut } from './sign-out.ts'
import { createSnapshots } from './snapshots.ts'
import { createStartup } from './startup.ts'
import { createTimer } from './timer.ts'
import { createTokenAccess } from './token-access.ts'

/**
 * One page's share in the session: the parts, from the lowest to the highest. A part knows those that are named where it is
 * created, which all stand above it here.
 */
export function createRuntime(ports: Ports, options: RuntimeOptions) {
  const { clock, environment } = ports
  const page = createPage()
  const timer = createTimer(clock, page.closing)
  const store = createStore(initialState(environment.online(), ports.ssr ? 'ready' : 'loading'))
  const events = createEvents(ports, options, { store })
  const snapshots = createSnapshots(ports, options, { store })
  const persistence = createPersistence(ports, options, { page, store, events })
  const crossTab = createCrossTab(ports, options, { page, timer, store, events })
  const peers = createPeers(ports, options, { page, store, persistence, crossTab })
  const limits = createLimits(ports, options, { page, timer, store, peers })
  const grants = createGrants(ports, options, { check: createPolicyWatch(options, events) })
  const sender = createSender(ports, options, { page, store, peers, limits, grants })
  const refresher = createRefresher(ports, options, { page, timer, store, crossTab, peers, limits, sender })
  const tokenAccess = createTokenAccess(ports, options, { page, timer, store, events, limits, refresher })
  const revoker = createRevoker(ports, options, { page, store, persistence, peers, refresher })
  const signOut = createSignOut(ports, options, { store, persistence, peers, revoker })
  const signIn = createSignIn(ports, options, { store, persistence, peers, limits, grants })
  const startup = createStartup(ports, options, { page, timer, store, events, peers, limits, refresher, revoker })
  const stops: Array<() => void> = []

  // After each change, in this order: calls that wait are served before anything new is begun.
  store.subscribe(() => events.keepSubjectOf(liveSession(store.state)?.sid))
  store.subscribe(tokenAccess.update)
  store.subscribe(refresher.cancelIfDone)
  store.subscribe(revoker.update)
  store.subscribe(startup.update)
  store.subscribe(tokenAccess.refreshIfAwaited)
  store.subscribe(timer.update)
  store.subscribe(snapshots.update)
  timer.add({ nextAt: () => Number.POSITIVE_INFINITY, run: store.notify })

  return {
    store,
    events,
    snapshots,
    limits,
    tokenAccess,
    signIn,
    signOut,
    startup,
    diagnostics: () => ({ queued: tokenAccess.queued, tab: options.tab, ...crossTab.diagnostics() }),

    /** Restores the session, if there is one; settles when that is known. */
    async start(): Promise<void> {
      if (ports.ssr || page.closing.aborted) return
      const parts = { page, timer, store, persistence, crossTab, peers, limits, refresher, revoker }
      stops.push(followPage(ports, options, parts), limits.watch(), crossTab.leave, peers.follow())
      ports.onDegraded((capability, detail) => events.emit({ type: 'capability-degraded', capability, detail }))
      crossTab.join()
      await startup.run()
    },

    async close(): Promise<void> {
      page.close()
      store.notify()
      tokenAccess.rejectAll(new TokenManagerError('disposed', 'The token manager was disposed.'))
      refresher.dispose()
      // A refresh that was sent is waited for: its answer may hold the only valid refresh token.
      await refresher.settled()
      // The endpoint is told of a sign-out once at least.
      await revoker.cancel()
      await persistence.session.settled()
      for (const stop of stops.splice(0)) stop()
    },
  }
}
