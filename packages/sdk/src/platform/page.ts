import { networkOf } from '../codec/network.ts'
import type { Candidacy, Claims, Ports, SessionStore, Tabs } from '../ports.ts'
import type { Capability } from '../types.ts'
import { createBroadcastTabs, noTabs } from './broadcast-tabs.ts'
import { createClock } from './clock.ts'
import { createEnvironment, isEmbeddedElsewhere } from './environment.ts'
import { createLocalLedger } from './local-ledger.ts'
import { createOwnTab } from './own-tab.ts'
import { pageLock } from './page-lock.ts'
import { createRandom } from './random.ts'
import { createWebLock } from './web-lock.ts'

export interface PageOptions {
  namespace: string
  /** This page keeps to itself. */
  isolated: boolean
  store: SessionStore
  fetch: typeof fetch | undefined
  /** Another manager of this page has the same refresh cookie. */
  sharesCookie?: boolean
}

type Degraded = (detail: string) => void

/** Only browsers without Web Locks load the election. */
function electLater(name: string, onElected: () => void, onFailed: () => void): Candidacy {
  let candidacy: Candidacy | undefined
  let over = false
  import('./elector.ts')
    .then(({ standForElection }) => {
      if (!over) candidacy = standForElection(name, onElected)
    })
    .catch(() => over || onFailed())
  return {
    isDead: () => candidacy?.isDead() ?? over,
    resign() {
      over = true
      candidacy?.resign()
    },
  }
}

/** The same for claims. What can not be claimed is done all the same: else nobody would do it. */
function claimLater(degraded: Degraded): Claims {
  let failed = false
  const load = () => import('./claims.ts')
  function fail(): void {
    if (!failed) degraded('Without IndexedDB two tabs may send one refresh token.')
    failed = true
  }
  // Before it is needed: by then the app's next version may have taken the place of this one.
  load().catch(fail)
  return {
    claim: (name, number, lastsMs) =>
      load()
        .then(({ claim }) => claim(name, number, lastsMs))
        .catch(() => {
          fail()
          return number
        }),
  }
}

/** How this page and the others keep out of each other's way, and hear of each other. */
function createCompany(
  namespace: string,
  degraded: (capability: Capability) => Degraded,
): Pick<Ports, 'lock' | 'claims' | 'tabs'> {
  const tabs = createBroadcastTabs(namespace, degraded('channel'))
  const locks = globalThis.navigator?.locks
  if (locks) return { lock: createWebLock(locks, degraded('locks')), tabs }
  degraded('locks')('This browser has no Web Locks.')
  const elect: Tabs['elect'] = (onElected, onFailed) =>
    electLater(`${namespace}:leader`, onElected, () => {
      degraded('locks')('No leader can be elected: this tab refreshes by itself.')
      onFailed()
    })
  // Where nobody hears of it there is no election.
  const hasChannel = typeof BroadcastChannel === 'function'
  return {
    // These hold within this page, and can not tell who else is there.
    lock: { ...pageLock(), count: async () => undefined },
    claims: claimLater(degraded('locks')),
    tabs: { ...tabs, ...(hasChannel && { elect }) },
  }
}

/** How this page keeps to itself. */
function createSolitude(namespace: string, store: SessionStore): Pick<Ports, 'lock' | 'tabs' | 'store'> {
  const locks = globalThis.navigator?.locks
  return { lock: pageLock(), ...(locks ? createOwnTab(`${namespace}:tab`, store, locks) : { tabs: noTabs, store }) }
}

/** The world of a manager in a browser's page. */
export function createPage({ namespace, isolated, store, fetch, sharesCookie }: PageOptions): Ports {
  const found: Array<[Capability, string]> = []
  let notify = (capability: Capability, detail: string): void => void found.push([capability, detail])
  const degraded = (capability: Capability) => (detail: string) => notify(capability, detail)
  if (!isolated && isEmbeddedElsewhere()) {
    degraded('partition')(
      'A page of another origin embeds this one: its tokens and locks may be apart from those of other tabs.',
    )
  }
  if (sharesCookie) degraded('cookie')('Another manager of this page spends the same refresh cookie.')

  return {
    clock: createClock(),
    random: createRandom(),
    ...(isolated ? createSolitude(namespace, store) : { store, ...createCompany(namespace, degraded) }),
    ledger: createLocalLedger(namespace, () => (isolated ? sessionStorage : localStorage), degraded('storage')),
    environment: createEnvironment(),
    // As it is now: the app may put the manager's own fetch in its place, or have done so with that of another manager.
    fetch: fetch ?? networkOf(globalThis.fetch).bind(globalThis),
    reportError(error) {
      if (typeof globalThis.reportError === 'function') globalThis.reportError(error)
      else
        setTimeout(() => {
          throw error
        })
    },
    onDegraded(listener) {
      notify = listener
      for (const [capability, detail] of found.splice(0)) listener(capability, detail)
    },
  }
}
