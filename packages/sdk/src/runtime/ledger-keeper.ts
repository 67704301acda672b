import { parseLedger } from '../codec/stored-ledger.ts'
import type { Clock, LedgerStore, Lock } from '../ports.ts'
import { fromStored, toStored } from '../session/instants.ts'
import { isBehind, joinLedgers } from '../session/merge.ts'
import type { Ledger } from '../types.ts'

/** All pages that hear of an end see to it: by then the news has reached the others, which must not wait behind that. */
export const HEARD_MS = 250

export interface LedgerKeeper {
  /**
   * What is there. What the storage refused before is written now, if there is room.
   * @param written what another page wrote just now. A write of the same moment may have replaced it in the storage
   */
  read(written?: unknown): Ledger | undefined
  /**
   * Merges with what is there, and writes at once. Two processes that write at the same moment do not see each other's
   * record, and the later one undoes the other's: whoever hears of a write that lacks what it knows makes up for it.
   */
  write(ledger: Ledger): void
  /** Writes what another page should have written, if it is not there once that has had its turn. */
  ensure(ledger: Ledger): void
}

export interface LedgerKeeperDependencies {
  clock: Clock
  lock: Lock
  store: LedgerStore
  namespace: string
  state(): { ledger?: Ledger | undefined }
  sleep(ms: number, signal: AbortSignal): Promise<unknown>
  /** The page is done with. */
  closing: AbortSignal
}

export function createLedgerKeeper(dependencies: LedgerKeeperDependencies): LedgerKeeper {
  const { clock, lock, store, namespace, state } = dependencies
  let isMakingUp = false
  /** What the storage refused, as when it was full: no other page knows of it. */
  let unwritten: Ledger | undefined

  function put(ledger: Ledger): void {
    unwritten = store.write(toStored(ledger, clock)) ? undefined : ledger
  }

  function look(): { ledger?: Ledger | undefined; isStale: boolean } {
    const found = store.read() ?? undefined
    const record = parseLedger(found, clock.wallNow())
    const there = record && fromStored(record, clock, state().ledger)
    // Somebody has cleared the storage: the next page that opens is to find what this one knows.
    const lost = found === undefined ? state().ledger : undefined
    // What comes from the future counts on from here, and not anew at each look.
    const isFromFuture = record !== undefined && record.writtenAt > clock.wallNow()
    return { ledger: joinLedgers(joinLedgers(there, unwritten), lost), isStale: isFromFuture || lost !== undefined }
  }

  function read(): Ledger | undefined {
    const { ledger, isStale } = look()
    if (ledger && (isStale || unwritten)) put(ledger)
    return ledger
  }

  function merge(ledger: Ledger): void {
    put(joinLedgers(look().ledger, ledger) ?? ledger)
  }

  /** In turn, so that only the first of all who hear of it writes. */
  async function makeUp(wanted: () => Ledger | undefined): Promise<void> {
    await dependencies.sleep(HEARD_MS, dependencies.closing)
    await lock.request(`${namespace}:ledger`, {}, async () => {
      const ledger = wanted()
      const there = read()
      if (ledger && (!there || joinLedgers(there, ledger) !== there)) merge(ledger)
    })
  }

  function hear(written: unknown): Ledger | undefined {
    const told = parseLedger(written, clock.wallNow())
    const { ledger: known } = state()
    const there = read()
    if (told && known && !isMakingUp && isBehind(there, known)) {
      isMakingUp = true
      const done = () => {
        isMakingUp = false
      }
      makeUp(() => state().ledger).then(done, done)
    }
    return joinLedgers(there, told && fromStored(told, clock, known))
  }

  return {
    read: hear,
    write: merge,
    ensure: (ledger) => void makeUp(() => ledger).catch(() => {}),
  }
}
