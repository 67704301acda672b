import type { Ports, SessionStore } from '../ports.ts'
import { noTabs } from './broadcast-tabs.ts'
import { createClock } from './clock.ts'
import { createPageLock } from './page-lock.ts'
import { createRandom } from './random.ts'

const nothing = () => () => {}

/** Where there is no page, as when a server renders one: nothing is kept, nothing is heard, nobody is signed in. */
export function createNowhere(store: SessionStore): Ports {
  return {
    nowhere: true,
    clock: createClock(),
    random: createRandom(),
    lock: createPageLock(),
    ledger: { read: () => undefined, write: () => true, subscribe: nothing },
    tabs: noTabs,
    environment: {
      origin: '',
      href: () => '',
      base: () => '',
      online: () => true,
      visible: () => false,
      subscribe: nothing,
      onActivity: nothing,
      navigate() {},
      recall: () => undefined,
      remember() {},
    },
    store,
    fetch: (input, init) => globalThis.fetch(input, init),
    reportError() {},
    onDegraded() {},
  }
}
