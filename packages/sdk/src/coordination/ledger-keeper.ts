import { fromStored, toStored } from '../decisions/instants.ts'
import { joinLedgers } from '../decisions/reconcile.ts'
import { parseLedger } from '../decisions/stored-ledger.ts'
import type { Clock, LedgerStore, Lock } from '../ports.ts'
import type { Ledger } from '../types.ts'

export interface LedgerKeeper {
  read(): Ledger | undefined
  /**
   * Merges with what is there and writes at once, then once more under a lock: two processes that write at the same
   * moment do not see each other's record, and a tombstone must not be undone.
   */
  write(ledger: Ledger): void
}

export interface LedgerKeeperDependencies {
  clock: Clock
  lock: Lock
  store: LedgerStore
  namespace: string
  state(): { ledger?: Ledger | undefined }
}

export function createLedgerKeeper({ clock, lock, store, namespace, state }: LedgerKeeperDependencies): LedgerKeeper {
  let unconfirmed: Ledger | undefined

  function read(): Ledger | undefined {
    const record = parseLedger(store.read())
    if (!record) return undefined
    const ledger = fromStored(record, clock, state().ledger)
    // Counts on from here, and not anew at each look.
    if (record.writtenAt > clock.wallNow()) store.write(toStored(ledger, clock))
    return ledger
  }

  function merge(ledger: Ledger): void {
    store.write(toStored(joinLedgers(read(), ledger) ?? ledger, clock))
  }

  return {
    read,
    write(ledger) {
      merge(ledger)
      const confirming = unconfirmed !== undefined
      unconfirmed = ledger
      if (confirming) return
      const confirm = async () => {
        if (unconfirmed) merge(unconfirmed)
        unconfirmed = undefined
      }
      lock.request(`${namespace}:ledger`, {}, confirm).catch(() => {
        unconfirmed = undefined
      })
    },
  }
}
