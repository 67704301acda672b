import type { Ports, SessionStore } from '../ports.ts'
import { noTabs } from './broadcast-tabs.ts'
import { createClock } from './clock.ts'
import { createPageLock } from './page-lock.ts'
import { createRandom } from './random.ts'

const nothing = () => () => {}

/** Some servers call themselves workers, too, but have no address. */
const isWorker = () => 'WorkerGlobalScope' in globalThis && globalThis.location !== undefined

/** Where there is no page, as when a server renders one: nothing is kept, nothing is heard, nobody is signed in. */
export function createSsr(store: SessionStore): Ports {
  return {
    ssr: isWorker() ? 'worker' : 'server',
    clock: createClock(),
    random: createRandom(),
    lock: createPageLock(),
    ledger: { read: () => undefined, write: () => true, subscribe: nothing },
    tabs: noTabs,
    environment: {
      origin: isWorker() ? location.origin : '',
      href: () => '',
      base: () => (isWorker() ? location.href : ''),
      online: () => true,
      visible: () => false,
      subscribe: nothing,
      onActivity: nothing,
      navigate() {},
      fetch: () => undefined,
      recall: () => undefined,
      remember() {},
    },
    store,
    fetch: (input, init) => globalThis.fetch(input, init),
    reportError() {},
    onDegraded() {},
  }
}
