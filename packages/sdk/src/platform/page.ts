import type { Lock, Ports, SessionStore } from '../ports.ts'
import type { Capability } from '../types.ts'
import { createClock } from './clock.ts'
import { createEnvironment } from './environment.ts'
import { createLocalLedger } from './local-ledger.ts'
import { createPageLock } from './page-lock.ts'
import { createRandom } from './random.ts'
import { createWebLock } from './web-lock.ts'

export interface PageOptions {
  namespace: string
  tabs: 'auto' | 'off'
  store: SessionStore
  fetch: typeof fetch | undefined
}

/** The world of a manager in a browser's page. */
export function createPage({ namespace, tabs, store, fetch }: PageOptions): Ports {
  const found: Array<[Capability, string]> = []
  let tell = (capability: Capability, detail: string): void => void found.push([capability, detail])
  const degraded = (capability: Capability) => (detail: string) => tell(capability, detail)
  const alone = tabs === 'off'
  const lock: Lock = alone ? createPageLock() : createWebLock(degraded('locks'))

  return {
    clock: createClock(),
    random: createRandom(),
    lock,
    ledger: createLocalLedger(namespace, () => (alone ? sessionStorage : localStorage), degraded('storage')),
    tabs: { post() {}, listen: () => () => {}, fence: async () => {}, close() {} },
    environment: createEnvironment(),
    store,
    // As it is now: the app may put the manager's own fetch in its place.
    fetch: fetch ?? globalThis.fetch.bind(globalThis),
    reportError: (error) => reportError(error),
    onDegraded(listener) {
      tell = listener
      for (const [capability, detail] of found.splice(0)) listener(capability, detail)
    },
  }
}
