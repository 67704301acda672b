import type { RuntimeOptions } from '../options.ts'
import type { PageSignal, Ports } from '../ports.ts'
import { pendingAttempt } from '../session/state.ts'
import type { CrossTab } from './cross-tab.ts'
import type { Limits } from './limits.ts'
import type { Page } from './page.ts'
import type { Peers } from './peers.ts'
import type { Persistence } from './persistence.ts'
import type { Refresher } from './refresher.ts'
import type { Revoker } from './revoker.ts'
import type { Store } from './session-store.ts'
import type { Timer } from './timer.ts'

export interface PageLifecycleParts {
  page: Pick<Page, 'setAsleep' | 'setAway'>
  timer: Pick<Timer, 'run'>
  store: Pick<Store, 'state' | 'dispatch' | 'notify'>
  persistence: { ledger: Pick<Persistence['ledger'], 'read'> }
  crossTab: Pick<CrossTab, 'join' | 'leave'>
  peers: Pick<Peers, 'catchUp'>
  limits: Pick<Limits, 'recheck'>
  refresher: Pick<Refresher, 'start' | 'releaseLocks'>
  revoker: Pick<Revoker, 'retryNow' | 'revokeOwed'>
}

/**
 * Follows the page through hiding, freezing, caching and waking.
 * @returns what stops it
 */
export function followPage(
  { clock, environment }: Pick<Ports, 'clock' | 'environment'>,
  { transport }: Pick<RuntimeOptions, 'transport'>,
  { page, timer, store, persistence, crossTab, peers, limits, refresher, revoker }: PageLifecycleParts,
): () => void {
  function setOnline(online: boolean): void {
    store.dispatch({ type: 'online', online, now: clock.now() })
  }

  function leave(): void {
    page.setAway(true)
    store.notify()
    refresher.releaseLocks()
    // Writes what the ledger still lacks.
    persistence.ledger.read()
    crossTab.leave()
  }

  /** The order is fixed: take in what others wrote, judge, and only then send. */
  function comeBack(signal: PageSignal): void {
    crossTab.join()
    page.setAway(false)
    limits.recheck()
    setOnline(environment.online())
    revoker.retryNow()
    if (pendingAttempt(store.state)?.failures) void refresher.start('wake')
    timer.run()
    if (signal !== 'pageshow' && signal !== 'resume') return
    peers.catchUp()
    // All pages share the cookie, and this one may be the only one that is left to revoke it.
    if (transport.refreshTokenIn === 'cookie') revoker.revokeOwed()
  }

  function onSignal(signal: PageSignal): void {
    if (signal === 'offline') setOnline(false)
    else if (signal === 'hidden') store.notify()
    else if (signal === 'freeze') {
      page.setAsleep(true)
      store.notify()
    } else if (signal === 'pagehide') leave()
    else comeBack(signal)
  }

  return environment.subscribe(onSignal)
}
