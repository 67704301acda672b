import type { RuntimeOptions } from '../options.ts'
import type { Ports } from '../ports.ts'
import { currentSession, liveSession } from '../session/state.ts'
import type { CrossTab } from './cross-tab.ts'
import type { Page } from './page.ts'
import type { Persistence } from './persistence.ts'
import type { Store } from './session-store.ts'
import { sleep } from './timer.ts'

/** How long the other tabs may take to answer before a refresh token is spent. */
const ANSWER_MS = 100
/** How long before an idle sign-out: all pages are to be signed out within a second. */
const POLL_MS = 500
/** Who does not answer within this is hung. */
const HUNG_MS = 1_000
/** How long a new tab waits for busy tabs before it calls itself signed out. */
const HYDRATE_MS = 2_000
/** The same where there may be no other tab, and none is needed. */
const UNSOUGHT_MS = 200

/** What other pages have done meanwhile: in the ledger, in the store, and by their own account. */
export interface Peers {
  /** The ledger, at once. */
  syncLedger(): void
  /** All of it, before something is done that must not be done twice. */
  syncBeforeRefresh(): Promise<void>
  /** All of it, for a page that has just opened. */
  hydrate(): Promise<void>
  /** What a page that was away has missed. */
  catchUp(): void
  /** Whether someone was active in another page: settles when all have answered, or had time to. */
  pollActivity(): Promise<unknown>
  /** The tokens of a session that is known to exist. */
  requestSession(): Promise<void>
  /** Which other pages answer, and are awake. */
  findResponsivePeers(): Promise<ReadonlySet<string>>
  /** Takes in from now on what other pages write. Returns what stops it. */
  follow(): () => void
}

export interface PeersParts {
  page: Pick<Page, 'closing' | 'receive'>
  store: Pick<Store, 'state' | 'dispatch'>
  persistence: {
    ledger: Pick<Persistence['ledger'], 'read'>
    session: Pick<Persistence['session'], 'load' | 'follow'>
  }
  crossTab: Pick<CrossTab, 'ask'>
}

export function createPeers(
  { clock, ledger: ledgerStorage, store: sessionStorage }: Pick<Ports, 'clock' | 'ledger' | 'store'>,
  { transport, maxWaitMs }: Pick<RuntimeOptions, 'transport' | 'maxWaitMs'>,
  { page, store, persistence, crossTab }: PeersParts,
): Peers {
  /** The store has not answered in time, and still has not. */
  let isHung = false

  /** @param written what another page wrote into the ledger just now */
  function syncLedger(written?: unknown): void {
    store.dispatch({ type: 'remote-state', from: 'ledger', ledger: persistence.ledger.read(written) })
  }

  async function load(): Promise<void> {
    const session = await persistence.session.load()
    isHung = false
    if (session) store.dispatch({ type: 'remote-state', from: 'store', session })
  }

  /** The store may hang, and is asked twice before a page that opens gets to ask the endpoint. */
  const loadInTime = (ms = maxWaitMs / 3) => sleep(clock, ms, load(), page.closing)

  // A store that tells of changes is one that pages share.
  const isShared = sessionStorage.subscribe !== undefined

  /** What a shared store has may be all that is left of another page's refresh. One that hangs is waited for once. */
  async function loadShared(): Promise<void> {
    if (!currentSession(store.state)) await loadInTime()
    else if (isShared && !isHung) isHung = await loadInTime(HUNG_MS)
  }

  /** Another page has stored something: of use where its message did not come. */
  function loadMissing(): void {
    if (store.state.phase !== 'loading' && !currentSession(store.state)) void load()
  }

  /** A page that signs in and is left has told the others, who may have answered before they heard of it. */
  async function askAgain({ size: others }: ReadonlySet<string>): Promise<void> {
    const isMissing = () =>
      !store.state.ledger?.signedOut && store.state.ledger !== undefined && !liveSession(store.state)
    if (others === 0 || transport.refreshTokenIn === 'cookie') return
    for (const pauseMs of [ANSWER_MS, HUNG_MS]) {
      if (!isMissing()) return
      await sleep(clock, pauseMs, page.closing)
      if (isMissing()) await crossTab.ask(ANSWER_MS)
    }
  }

  return {
    syncLedger: () => syncLedger(),
    async syncBeforeRefresh() {
      syncLedger()
      await loadShared()
      // Somebody has newer tokens than this page, and may only be busy.
      const isBehind = liveSession(store.state) && !currentSession(store.state)
      await crossTab.ask(
        isBehind ? HUNG_MS : ANSWER_MS,
        () => isBehind === true && currentSession(store.state) !== undefined,
      )
    },
    async hydrate() {
      syncLedger()
      // An old record may be all that the store has, as in a duplicated tab.
      const isGood = () => clock.now() < (currentSession(store.state)?.accessExpiresAt ?? 0)
      const inCookie = transport.refreshTokenIn === 'cookie'
      const { ledger } = store.state
      // Only busy tabs may have the tokens that the ledger tells of.
      const isSought = !inCookie && ledger && !ledger.signedOut
      const asking = crossTab.ask(HYDRATE_MS, isGood, isSought ? HYDRATE_MS : UNSOUGHT_MS)
      // Without a cookie nobody else can say that there is no session. That there is one, another tab can say.
      const loading = inCookie ? loadInTime() : load()
      const told = asking.then(async () => {
        if (!isGood()) await loading
      })
      await Promise.race([loading, told])
      if (!isGood()) await askAgain(await asking)
    },
    async requestSession() {
      await askAgain(await crossTab.ask(ANSWER_MS))
      if (!liveSession(store.state)) await loadInTime()
    },
    catchUp() {
      void crossTab.ask(ANSWER_MS)
      loadMissing()
    },
    pollActivity: () => crossTab.ask(POLL_MS),
    findResponsivePeers: () => crossTab.ask(HUNG_MS),
    follow() {
      const stops = [
        ledgerStorage.subscribe((written) => page.receive(() => syncLedger(written))),
        persistence.session.follow(() => page.receive(loadMissing)),
      ]
      return () => {
        for (const stop of stops) stop()
      }
    },
  }
}
