import { parseStoredSession } from '../codec/stored-session.ts'
import { isTokenManagerError } from '../errors.ts'
import type { Clock, Random, SessionStore } from '../ports.ts'
import { fromStored, toStored } from '../session/instants.ts'
import { joinSessions } from '../session/merge.ts'
import { liveSession, type State } from '../session/state.ts'
import type { Session, SessionEventDetail } from '../types.ts'

/** A store that takes longer is not waited for. */
const PATIENCE_MS = 3_000
/** A page that made a session has stored it by then. */
const SAVED_MS = 250
/** Pages that share a store make sure of that one after another, over this time: the others then find it done. */
const TURNS_MS = 750

export interface StoreKeeperDependencies {
  clock: Clock
  random: Random
  store: SessionStore
  /** Tells this manager's sessions from those of others. */
  namespace: string
  sleep(ms: number, ...ends: (AbortSignal | Promise<unknown>)[]): Promise<boolean>
  /** The page is done with: nobody asks any more what was stored. */
  closing: AbortSignal
  state(): State
  emit(event: SessionEventDetail): void
}

/** Keeps the store in step with the session, one operation after another; the newest wish replaces those that wait. */
export interface StoreKeeper {
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

export function createStoreKeeper(dependencies: StoreKeeperDependencies): StoreKeeper {
  const { clock, store, namespace } = dependencies
  // A store that tells of changes is one that pages share.
  const isShared = store.subscribe !== undefined
  let working: Promise<void> | undefined
  let wish: (() => Promise<void>) | undefined
  let wishes = 0
  let failed = false
  let isEnsuring = false

  const tell = (detail: string) => dependencies.emit({ type: 'capability-degraded', capability: 'store', detail })

  /** Once is enough: the session goes on in memory. */
  function report(what: string): void {
    if (!failed) tell(`The store ${what}.`)
    failed = true
  }

  const reportError = (error: unknown) => report(`failed (${nameOf(error)})`)

  async function attempt(operation: () => Promise<void>): Promise<void> {
    try {
      await operation()
    } catch (error) {
      reportError(error)
    }
  }

  /** An operation goes on when it is late, and may fail when nobody waits any more. */
  async function patience(operation: Promise<unknown>, ...over: AbortSignal[]): Promise<void> {
    if (await dependencies.sleep(PATIENCE_MS, operation, ...over)) report('does not answer')
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

  const loadStored = async () => store.load(namespace)
  const discard = () => want(() => store.clear(namespace))
  const write = (session: Session) => want(() => store.save(toStored(session, clock), namespace))

  /** Stores what another page should have stored, if it is not there once that page has had its turn. */
  async function ensure(): Promise<void> {
    if (isEnsuring) return
    isEnsuring = true
    await dependencies.sleep(SAVED_MS + dependencies.random.next() * TURNS_MS, dependencies.closing)
    isEnsuring = false
    await working
    const record = parseStoredSession(await loadStored(), clock.wallNow())
    const there = record && fromStored(record, clock)
    const session = liveSession(dependencies.state())
    if (session && joinSessions(there, session) !== there) write(session)
  }

  return {
    async load() {
      const before = wishes
      const loading = loadStored()
      void patience(loading, dependencies.closing)
      try {
        const loaded = await loading
        // A sign-in or sign-out came in between: what was there before it is of no interest any more.
        if (wishes !== before || loaded === undefined || loaded === null) return undefined
        const record = parseStoredSession(loaded, clock.wallNow())
        if (!record) {
          tell('What was stored is no session, and was discarded.')
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
      if (adopted && isShared) ensure().catch(reportError)
      else write(session)
    },
    clear(adopted) {
      // What this page is still writing would otherwise outlast the end that another page has already cleared for.
      if (adopted && isShared && !working) return
      discard()
    },
    follow(onChange) {
      try {
        const stop: unknown = store.subscribe?.(onChange, namespace)
        return typeof stop === 'function' ? () => stop() : () => {}
      } catch (error) {
        reportError(error)
        return () => {}
      }
    },
    settled: () => working ?? Promise.resolve(),
  }
}
