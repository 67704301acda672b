import type { TokenManagerOptions } from '../../../packages/sdk/src/index.ts'
import type { SessionStore } from '../../../packages/sdk/src/ports.ts'
import type { StoredSession } from '../../../packages/sdk/src/types.ts'
import { createMachine, type Machine } from './machine.ts'
import { createNetwork, type Network } from './network.ts'
import { openPage, type Page } from './page.ts'
import { createServer, type ReuseMode, type SimServer } from './server.ts'
import type { StoreUser } from './slow-store.ts'
import { createDice, createTimeline, type Dice, type Timeline, turn } from './timeline.ts'

export interface WorldOptions {
  seed?: number
  mode?: ReuseMode
  /** Whether the browser has Web Locks. Default true. */
  hasLocks?: boolean
  /** Where the refresh token is. Default: in the body. */
  inCookie?: boolean
  /** No token and no answer says whose it is. */
  isAnonymous?: boolean
  /** A revocation names its session, and the endpoint heeds that. */
  namedRevocation?: boolean
  /** Answers tell of lifetimes by the instants of a JWT alone, whose `iat` is that of the sign-in. */
  isDated?: boolean
  /** The endpoint changes a marker with each answer. */
  hasMarker?: boolean
  accessLifetimeMs?: number
  /** Given to every manager. */
  options?: Partial<TokenManagerOptions>
  /** One for every page; default a memory of its own for each. */
  store?: (user: StoreUser) => SessionStore
}

/** What a call on a manager came to. */
export interface Call {
  page: Page
  startedAt: number
  settledAt?: number
  value?: unknown
  error?: unknown
  /** It asks for a newer token than a good one. */
  isForced?: true
}

/** A token that left a page. */
export interface Sent {
  at: number
  page: Page
  token: string | undefined
  /** Who made the call, where that is known. */
  caller?: string
  /** The page knows what came of it. */
  isRevoked?: true
}

/** A browser, a network and a server in virtual time. */
export interface World {
  readonly timeline: Timeline
  readonly dice: Dice
  readonly machine: Machine
  readonly network: Network
  readonly server: SimServer
  readonly pages: readonly Page[]
  /** Called when a page has opened, or comes back. */
  onAwake: ((page: Page) => void) | undefined
  readonly isAnonymous: boolean
  /** Every access token that left, with its page and the instant. */
  readonly requests: readonly Sent[]
  /** The same of refresh tokens, whether or not they reached the endpoint. */
  readonly refreshes: readonly Sent[]
  open(path?: string): Page
  /** Signs in through this page, as an app does after its login form. */
  signIn(page: Page, user: string): Promise<void>
  /** The server's own page signs in, and sets the cookie; gives what it prints into the pages of this login. */
  serverSignsIn(user: string): string
  /** Notes when, and how, a call settles. */
  watch(page: Page, call: Promise<unknown>): Call
  /** Requests of an app, now; of this user's, where that is known. */
  request(page: Page, caller?: string, path?: string): Call
  run(ms: number): Promise<void>
  reload(page: Page): Page
  sleep(ms: number): Promise<void>
  setOnline(online: boolean): void
}

// In the middle of a day, so that clocks can be set either way.
const START_AT = 1_800_000_000_000

export interface SharedStore extends SessionStore {
  readonly kept: StoredSession | undefined
}

/** A store that all pages of the browser share, as localStorage and IndexedDB are. */
export function sharedStore(): SharedStore {
  let kept: StoredSession | undefined
  return {
    get kept() {
      return kept
    },
    load: async () => kept,
    save: async (record) => {
      kept = record
    },
    clear: async () => {
      kept = undefined
    },
    subscribe: () => () => {},
  }
}

export function createWorld(given: WorldOptions = {}): World {
  const { seed = 1, mode = 'strict', accessLifetimeMs = 900_000 } = given
  const { inCookie = false, isAnonymous = false, hasMarker = false, namedRevocation = false, isDated = false } = given
  const dice = createDice(seed)
  const timeline = createTimeline(START_AT)
  const machine = createMachine(timeline, dice, given.hasLocks)
  const server = createServer(timeline, { mode, accessLifetimeMs, graceMs: 10_000 })
  const network = createNetwork({ timeline, dice, machine, server })
  const marker = () => `${machine.marker.value}`
  const pages: Page[] = []
  machine.locks.onContended = (holder) => {
    const page = pages[holder - 1]
    if (page?.life === 'cached') page.end()
  }
  const requests: Sent[] = []
  const refreshes: Sent[] = []

  const world: World = {
    timeline,
    dice,
    machine,
    network,
    server,
    pages,
    isAnonymous,
    requests,
    refreshes,
    onAwake: undefined,
    open(path = '/ward') {
      const page = openPage({
        id: pages.length + 1,
        timeline,
        dice,
        machine,
        network,
        options: given.options ?? {},
        tokens: {
          inCookie,
          idempotentRefresh: mode === 'replay',
          isAnonymous,
          isDated,
          namedRevocation,
          ...(hasMarker && { marker }),
        },
        ...(given.store && { store: given.store }),
        href: `https://clinic.example${path}`,
        onRequest: (sender, token, caller) =>
          requests.push({ at: timeline.now, page: sender, token, ...(caller && { caller }) }),
        onAwake: (awake) => world.onAwake?.(awake),
        onRefresh(sender, token) {
          const sent: Sent = { at: timeline.now, page: sender, token }
          refreshes.push(sent)
          return () => {
            sent.isRevoked = true
          }
        },
      })
      pages.push(page)
      return page
    },
    async signIn(page, user) {
      const tokens = server.login(user)
      if (inCookie) machine.cookie.value = tokens.refreshToken
      // A store that takes its time has it as the history goes on.
      await Promise.race([page.manager.setSession(tokens), turn()])
    },
    serverSignsIn(user) {
      const { refreshToken } = server.login(user)
      machine.cookie.value = refreshToken
      return `login of ${refreshToken}`
    },
    watch(page, promise) {
      const call: Call = { page, startedAt: timeline.now }
      promise.then(
        (value) => Object.assign(call, { value, settledAt: timeline.now }),
        (error) => Object.assign(call, { error, settledAt: timeline.now }),
      )
      return call
    },
    request(page, caller = '', path = '/api/ward') {
      return world.watch(page, page.manager.fetch(`https://clinic.example${path}`, { headers: { caller } }))
    },
    run: timeline.advance,
    reload(page) {
      page.signal('pagehide')
      page.end()
      return world.open()
    },
    async sleep(ms) {
      const awake = pages.filter((page) => page.life === 'live' || page.life === 'hidden')
      const lives = awake.map((page) => page.life)
      const { online } = machine
      for (const page of awake) page.setLife('frozen')
      // Connections do not outlive a sleep.
      machine.online = false
      await timeline.advance(ms)
      machine.online = online
      machine.slept(ms)
      for (const [i, page] of awake.entries()) page.setLife(lives[i] ?? 'live')
    },
    setOnline(online) {
      if (machine.online === online) return
      machine.online = online
      for (const page of pages) if (page.life !== 'gone') page.signal(online ? 'online' : 'offline')
    },
  }
  return world
}
