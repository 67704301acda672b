import type { Clock, SessionStore } from '../ports.ts'
import type { Happening } from '../session/actions.ts'
import { currentSession, liveSession, type State } from '../session/state.ts'
import type { Endpoint, Ledger, Session } from '../types.ts'

/** How long the other tabs may take to answer before a refresh token is spent. */
const ANSWER_MS = 100
/** How long before an idle sign-out: all pages are to be signed out within a second. */
const CONSULT_MS = 500
/** Who does not answer within this is hung. */
const HUNG_MS = 1_000
/** How long a new tab waits for busy tabs before it calls itself signed out. */
const WELCOME_MS = 2_000
/** The same where there may be no other tab, and none is needed. */
const GLANCE_MS = 200

export interface NewsDependencies {
  clock: Clock
  store: Pick<SessionStore, 'subscribe'>
  transport: Endpoint
  maxWaitMs: number
  state(): State
  dispatch(happening: Happening): void
  sleep(ms: number, ...ends: (AbortSignal | Promise<unknown>)[]): Promise<boolean>
  /** The page is done with. */
  closing: AbortSignal
  readLedger(written?: unknown): Ledger | undefined
  loadSession(): Promise<Session | undefined>
  ask(waitMs: number, enough?: () => boolean, uncountedMs?: number): Promise<ReadonlySet<string>>
  /** Asks the endpoint whether the refresh cookie holds a session. */
  restore(): void
  /** Holds the session to its limits, now that the other pages have been asked. */
  judge(): void
}

/** What other pages have done meanwhile: in the ledger, in the store, and by their own account. */
export interface News {
  /** The ledger, at once; and what another page wrote into it just now. */
  read(written?: unknown): void
  /** Another page has stored something: of use where its message did not come. */
  stored(): void
  /** All of it, before something is done that must not be done twice; and judges. */
  lookAgain(): Promise<void>
  /** All of it, for a page that has just opened; and judges, before anything uses what was restored. */
  welcome(): Promise<void>
  /** What a page that was away has missed. */
  catchUp(): void
  /** Whether someone was active in another page: settles when all have answered, or had time to. */
  consult(): Promise<unknown>
  /** The tokens of a session that is known to exist. */
  seek(): Promise<void>
  /** Which other pages are awake. */
  askAwake(): Promise<ReadonlySet<string>>
}

export function createNews(dependencies: NewsDependencies): News {
  const { clock, state, dispatch, ask } = dependencies
  /** The store has not answered in time, and still has not. */
  let isHung = false

  function read(written?: unknown): void {
    dispatch({ type: 'learned', from: 'ledger', ledger: dependencies.readLedger(written) })
  }

  async function load(): Promise<void> {
    const session = await dependencies.loadSession()
    isHung = false
    if (session) dispatch({ type: 'learned', from: 'store', session })
  }

  /** The store may hang, and is asked twice before a page that opens gets to ask the endpoint. */
  const loadInTime = (ms = dependencies.maxWaitMs / 3) => dependencies.sleep(ms, load(), dependencies.closing)

  // A store that tells of changes is one that pages share.
  const isShared = dependencies.store.subscribe !== undefined

  /** What a shared store has may be all that is left of another page's refresh. One that hangs is waited for once. */
  async function consultStore(): Promise<void> {
    if (!currentSession(state())) await loadInTime()
    else if (isShared && !isHung) isHung = await loadInTime(HUNG_MS)
  }

  function stored(): void {
    if (state().phase !== 'loading' && !currentSession(state())) void load()
  }

  /** A page that signs in and is left has told the others, who may have answered before they heard of it. */
  async function askAgain({ size: others }: ReadonlySet<string>): Promise<void> {
    const isMissing = () => !state().ledger?.signedOut && state().ledger !== undefined && !liveSession(state())
    if (others === 0 || dependencies.transport.refreshTokenIn === 'cookie' || !isMissing()) return
    await dependencies.sleep(ANSWER_MS, dependencies.closing)
    if (isMissing()) await ask(ANSWER_MS)
  }

  return {
    read,
    stored,
    async lookAgain() {
      read()
      await consultStore()
      // Somebody has newer tokens than this page, and may only be busy.
      const isBehind = liveSession(state()) && !currentSession(state())
      await ask(isBehind ? HUNG_MS : ANSWER_MS, () => isBehind === true && currentSession(state()) !== undefined)
      dependencies.judge()
    },
    async welcome() {
      read()
      // An old record may be all that the store has, as in a duplicated tab.
      const isGood = () => clock.now() < (currentSession(state())?.accessExpiresAt ?? 0)
      const inCookie = dependencies.transport.refreshTokenIn === 'cookie'
      const { ledger } = state()
      // Only busy tabs may have the tokens that the ledger tells of.
      const isSought = !inCookie && ledger && !ledger.signedOut
      const asking = ask(WELCOME_MS, isGood, isSought ? WELCOME_MS : GLANCE_MS)
      // Without a cookie nobody else can say that there is no session.
      await (inCookie ? loadInTime() : load())
      if (!isGood()) await askAgain(await asking)
      dependencies.judge()
    },
    async seek() {
      await askAgain(await ask(ANSWER_MS))
      if (!liveSession(state())) await loadInTime()
      const { phase, identityChanged } = state()
      if (phase === 'ready' || identityChanged) return
      if (dependencies.transport.refreshTokenIn === 'cookie') dependencies.restore()
      else dispatch({ type: 'lost' })
    },
    catchUp() {
      void ask(ANSWER_MS)
      stored()
    },
    consult: () => ask(CONSULT_MS),
    askAwake: () => ask(HUNG_MS),
  }
}
