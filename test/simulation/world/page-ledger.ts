import { createLocalLedger } from '../../../packages/sdk/src/platform/local-ledger.ts'
import type { LedgerStore } from '../../../packages/sdk/src/ports.ts'
import type { Storage } from './storage.ts'

export interface PageLedgerParts {
  id: number
  storage: Storage
  life(): 'live' | 'hidden' | 'frozen' | 'cached' | 'gone'
  inPage(task: () => void): () => void
}

/** The SDK's own ledger over the page's view of the simulated storage. */
export function createPageLedger({ id, storage, life, inPage }: PageLedgerParts): LedgerStore {
  const area: Pick<globalThis.Storage, 'getItem' | 'setItem'> = {
    getItem: () => storage.read(id),
    setItem(_key, text) {
      if (life() !== 'gone' && !storage.write(id, text)) throw new Error('QuotaExceededError')
    },
  }
  return {
    ...createLocalLedger(
      'ledger',
      () => area,
      () => {},
    ),
    // A page in the back/forward cache hears of no change, not even later.
    subscribe: (listener) =>
      storage.subscribe(id, (text) => life() !== 'cached' && inPage(() => listener(JSON.parse(text ?? 'null')))()),
  }
}
