import { parseLedger } from '../codec/stored-ledger.ts'
import { parseStoredSession } from '../codec/stored-session.ts'
import { isTokenManagerError } from '../errors.ts'
import type { RuntimeOptions } from '../options.ts'
import type { Clock, Ports } from '../ports.ts'
import { fromStored, toStored } from '../session/instants.ts'
import { isBehind, joinLedgers, joinSessions } from '../session/merge.ts'
import { liveSession } from '../session/state.ts'
import type { Ledger, Session } from '../types.ts'
import type { Events } from './events.ts'
import type { Page } from './page.ts'
import type { Store } from './session-store.ts'
import { sleep } from './timer.ts'

export interface PersistenceParts {
  page: Pick<Page, 'closing'>
  store: Pick<Store, 'state' | 'onEffect'>
  events: Pick<Events, 'emit'>
}

/** What outlives the page: the ledger, which is no secret, and the session, in the store that the app chose. */
export interface Persistence {
  readonly ledger: LedgerRecord
  readonly session: SessionRecord
}

export function createPersistence(
  ports: Pick<Ports, 'clock' | 'random' | 'lock' | 'ledger' | 'store'>,
  options: Pick<RuntimeOptions, 'namespace'>,
  parts: PersistenceParts,
): Persistence {
  const { store } = parts
  const ledger = createLedgerRecord(ports, options, parts)
  const session = createSessionRecord(ports, options, parts)
  store.onEffect('write-ledger', () => store.state.ledger && ledger.write(store.state.ledger))
  store.onEffect('ensure-ledger', () => store.state.ledger && ledger.ensure(store.state.ledger))
  store.onEffect('save', ({ adopted }) => store.state.session && session.save(store.state.session, adopted))
  store.onEffect('clear-store', ({ adopted }) => session.clear(adopted))
  return { ledger, session }
}

/** What a storage refused that was full is tried again after this, then after twice as long each time. */
const FIRST_RETRY_MS = 1_000
const LONGEST_RETRY_MS = 60_000

/** There may be room again, and the page may be gone before it looks at the storage for another reason. */
function createRetry(clock: Clock, closing: AbortSignal, run: () => void) {
  let pauseMs = 0
  let isWaiting = false
  return {
    reset() {
      pauseMs = 0
    },
    async schedule(): Promise<void> {
      if (isWaiting) return
      isWaiting = true
      pauseMs = Math.min(LONGEST_RETRY_MS, 2 * pauseMs || FIRST_RETRY_MS)
      const isTime = await sleep(clock, pauseMs, closing)
      isWaiting = false
      if (isTime) run()
    },
  }
}

/** All pages that hear of an end see to it: by then the news has reached the others, which must not wait behind that. */
export const HEARD_MS = 250

export interface LedgerRecord {
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

function createLedgerRecord(
  { clock, lock, ledger: storage }: Pick<Ports, 'clock' | 'lock' | 'ledger'>,
  { namespace }: Pick<RuntimeOptions, 'namespace'>,
  { page, store }: Pick<PersistenceParts, 'page' | 'store'>,
): LedgerRecord {
  let isMakingUp = false
  /** What the storage refused, as when it was full: no other page knows of it. */
  let unwritten: Ledger | undefined

  const retry = createRetry(clock, page.closing, () => void read())

  function put(ledger: Ledger): void {
    unwritten = storage.write(toStored(ledger, clock)) ? undefined : ledger
    if (unwritten) void retry.schedule()
    else retry.reset()
  }

  function inspect(): { ledger?: Ledger | undefined; isStale: boolean } {
    const found = storage.read() ?? undefined
    const record = parseLedger(found, clock.wallNow())
    const there = record && fromStored(record, clock, store.state.ledger)
    // Somebody has cleared the storage: the next page that opens is to find what this one knows.
    const lost = found === undefined ? store.state.ledger : undefined
    // What comes from the future counts on from here, and not anew at each read.
    const isFromFuture = record !== undefined && record.writtenAt > clock.wallNow()
    return { ledger: joinLedgers(joinLedgers(there, unwritten), lost), isStale: isFromFuture || lost !== undefined }
  }

  function read(): Ledger | undefined {
    const { ledger, isStale } = inspect()
    if (ledger && (isStale || unwritten)) put(ledger)
    return ledger
  }

  function merge(ledger: Ledger): void {
    put(joinLedgers(inspect().ledger, ledger) ?? ledger)
  }

  /** In turn, so that only the first of all who hear of it writes. */
  async function makeUp(wanted: () => Ledger | undefined): Promise<void> {
    await sleep(clock, HEARD_MS, page.closing)
    await lock.request(`${namespace}:ledger`, {}, async () => {
      const ledger = wanted()
      const there = read()
      if (ledger && (!there || joinLedgers(there, ledger) !== there)) merge(ledger)
    })
  }

  function readWith(written: unknown): Ledger | undefined {
    const told = parseLedger(written, clock.wallNow())
    const { ledger: known } = store.state
    const there = read()
    if (told && known && !isMakingUp && isBehind(there, known)) {
      isMakingUp = true
      const done = () => {
        isMakingUp = false
      }
      makeUp(() => store.state.ledger).then(done, done)
    }
    return joinLedgers(there, told && fromStored(told, clock, known))
  }

  return {
    read: readWith,
    write: merge,
    ensure: (ledger) => void makeUp(() => ledger).catch(() => {}),
  }
}

/** A store that takes longer is not waited for. */
const PATIENCE_MS = 3_000
/** A page that made a session has stored it by then. */
const SAVED_MS = 250
/** Pages that share a store make sure of that one after another, over this time: the others then find it done. */
const TURNS_MS = 750

/** Keeps the store in step with the session, one operation after another; the newest wish replaces those that wait. */
export interface SessionRecord {
  load(): Promise<Session | undefined>
  /**
   * With `adopted` another page made, or ended, this session: where they share the store, that page sees to it. It may die
   * before it has, and only those who adopted the session still have it: they save it then.
   */
  save(session: Session, adopted?: boolean): void
  clear(adopted?: boolean): void
  /** Calls back when another page changed what is stored. Returns what stops it. */
  follow(onChange: () => void): () => void
  /** Settles when all that was wished for is done, or is not waited for any more. */
  settled(): Promise<void>
}

/** What failed, by the name of its class only: its message is not ours, and might quote what was to be stored. */
function nameOf(error: unknown): string {
  const cause = isTokenManagerError(error) ? error.cause : error
  return cause instanceof Error ? cause.name : 'no error'
}

function createSessionRecord(
  { clock, random, store: storage }: Pick<Ports, 'clock' | 'random' | 'store'>,
  { namespace }: Pick<RuntimeOptions, 'namespace'>,
  { page, store, events }: PersistenceParts,
): SessionRecord {
  // A store that tells of changes is one that pages share.
  const isShared = storage.subscribe !== undefined
  let working: Promise<void> | undefined
  let wish: (() => Promise<void>) | undefined
  let wishes = 0
  let failed = false
  let isEnsuring = false

  const emitDegraded = (detail: string) => events.emit({ type: 'capability-degraded', capability: 'store', detail })

  /** Once is enough: the session goes on in memory. */
  function report(what: string): void {
    if (!failed) emitDegraded(`The store ${what}.`)
    failed = true
  }

  const reportError = (error: unknown) => report(`failed (${nameOf(error)})`)

  const retry = createRetry(clock, page.closing, () => storeIfMissing().catch(fail))

  function fail(error: unknown): void {
    report(`failed (${nameOf(error)})`)
    void retry.schedule()
  }

  async function attempt(operation: () => Promise<void>): Promise<void> {
    try {
      await operation()
      retry.reset()
    } catch (error) {
      fail(error)
    }
  }

  /** An operation goes on when it is late, and may fail when nobody waits any more. */
  async function patience(operation: Promise<unknown>, ...over: AbortSignal[]): Promise<void> {
    if (await sleep(clock, PATIENCE_MS, operation, ...over)) report('does not answer')
  }

  // The first operation starts within the call: a synchronous store has written before anyone else hears of it.
  async function work(): Promise<void> {
    while (wish) {
      const operation = wish
      wish = undefined
      await patience(attempt(operation))
    }
    working = undefined
  }

  function want(operation: () => Promise<void>): void {
    wishes++
    wish = operation
    working ??= work()
  }

  const loadStored = async () => storage.load(namespace)
  const discard = () => want(() => storage.clear(namespace))
  const write = (session: Session) => want(() => storage.save(toStored(session, clock), namespace))

  /** Stores what should be stored by now, by this page or another, if it is not there once all have had their turns. */
  async function ensure(): Promise<void> {
    if (isEnsuring) return
    isEnsuring = true
    await sleep(clock, SAVED_MS + random.next() * TURNS_MS, page.closing)
    isEnsuring = false
    await storeIfMissing()
  }

  async function storeIfMissing(): Promise<void> {
    await working
    const record = parseStoredSession(await loadStored(), clock.wallNow())
    const there = record && fromStored(record, clock)
    const session = liveSession(store.state)
    if (session && joinSessions(there, session) !== there) write(session)
  }

  return {
    async load() {
      const before = wishes
      const loading = loadStored()
      void patience(loading, page.closing)
      try {
        const loaded = await loading
        // A sign-in or sign-out came in between: what was there before it is of no interest any more.
        if (wishes !== before || loaded === undefined || loaded === null) return undefined
        const record = parseStoredSession(loaded, clock.wallNow())
        if (!record) {
          emitDegraded('What was stored is no session, and was discarded.')
          discard()
          return undefined
        }
        return fromStored(record, clock)
      } catch (error) {
        reportError(error)
        return undefined
      }
    },
    save(session, adopted) {
      if (!adopted || !isShared) write(session)
      // What this page wrote itself may be replaced by what another page still was writing of the session before.
      if (isShared) ensure().catch(fail)
    },
    clear(adopted) {
      // What this page is still writing would otherwise outlast the end that another page has already cleared for.
      if (adopted && isShared && !working) return
      discard()
    },
    follow(onChange) {
      try {
        const stop: unknown = storage.subscribe?.(onChange, namespace)
        return typeof stop === 'function' ? () => stop() : () => {}
      } catch (error) {
        reportError(error)
        return () => {}
      }
    },
    settled: () => working ?? Promise.resolve(),
  }
}
