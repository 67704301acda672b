import type { TokenManager } from '../../../packages/sdk/src/contract.ts'
import type { TokenManagerOptions } from '../../../packages/sdk/src/index.ts'
import { resolveOptions } from '../../../packages/sdk/src/options.ts'
import type { PageSignal, Ports, SessionStore } from '../../../packages/sdk/src/ports.ts'
import { memoryStore } from '../../../packages/sdk/src/stores/memory.ts'
import { wireTokenManager } from '../../../packages/sdk/src/token-manager.ts'
import { createEventLoop } from './event-loop.ts'
import type { Machine } from './machine.ts'
import type { Network } from './network.ts'
import { createPageClock } from './page-clock.ts'
import { createPageLedger } from './page-ledger.ts'
import type { StoreUser } from './slow-store.ts'
import type { Dice, Timeline } from './timeline.ts'
import { simulatedTransport, type TokenPlaces } from './transport.ts'
import { withoutLocks } from './unlocked.ts'

export type PageLife = 'live' | 'hidden' | 'frozen' | 'cached' | 'gone'

export interface PageParts {
  id: number
  timeline: Timeline
  dice: Dice
  machine: Machine
  network: Network
  /** What is given to the manager, but for what the world provides. */
  options: Partial<TokenManagerOptions>
  tokens: TokenPlaces
  store?: (user: StoreUser) => SessionStore
  href: string
  onRequest(page: Page, token: string | undefined, caller: string | null): void
  onRefresh(page: Page, token: string | undefined): () => void
  /** It has opened, or comes back, and has not yet looked around. */
  onAwake(page: Page): void
}

/** One page of the simulated browser, with the real manager in it. */
export interface Page {
  readonly id: number
  readonly life: PageLife
  /** It is busy, and comes late to everything. */
  readonly isBusy: boolean
  readonly manager: TokenManager
  readonly timers: number
  readonly errors: unknown[]
  /** Since when the page has run without a stop, and had time for what came. */
  readonly runningSince: number
  /** It opened, or came back, and the storage was empty. */
  readonly foundNothing: boolean
  /** When it was left for another page, or the cache, and ran. */
  readonly leftAt: number
  /** Where the manager sent it, and when. */
  readonly visits: ReadonlyArray<{ at: number; url: string }>
  signal(signal: PageSignal): void
  /** Its user moves the mouse. */
  act(): void
  /** Has work of its own for so long. */
  work(ms: number): void
  /** Does nothing else for so long. */
  hang(ms: number): void
  /** Goes over to another life; the page hears `signals` while it runs, before what has waited for it. */
  setLife(life: PageLife, ...signals: PageSignal[]): void
  /** Ends the page; nothing in it runs any more. */
  end(): void
}

const NO_HEADERS = new Headers()

export function openPage(parts: PageParts): Page {
  const { id, timeline, dice, machine, network, href } = parts
  const signals = new Set<(signal: PageSignal) => void>()
  const users = new Set<() => void>()
  const errors: unknown[] = []
  const visits: Array<{ at: number; url: string }> = []
  let life: PageLife = 'live'
  let ids = 0
  let runningSince = timeline.now

  const isAlive = () => life !== 'gone'
  const stopped = () => life === 'frozen' || life === 'cached'
  const unlessGone = (task: () => void) => () => life !== 'gone' && task()
  const loop = createEventLoop({
    timeline,
    dice,
    isStopped: stopped,
    onFree() {
      runningSince = timeline.now
    },
  })
  /** Runs in the page: not in one that is gone, and later in one that is frozen or busy. */
  const inPage = (task: () => void) => () => loop.deliver(unlessGone(task))
  const { clock, ...timers } = createPageClock({
    ...{ timeline, dice, machine },
    life: () => life,
    ring: (task) => loop.ring(unlessGone(task)),
  })

  function signal(heard: PageSignal): void {
    if (heard === 'pagehide') leftAt = timeline.now
    for (const listener of [...signals]) listener(heard)
  }

  /** A page that is gone asks for nothing more, and hears no answer. */
  function call<T>(start: (settle: (value: T) => void) => void): Promise<T> {
    return new Promise((resolve) => {
      if (life !== 'gone') start((value) => inPage(() => resolve(value))())
    })
  }

  const transport = simulatedTransport({
    ...{ page: id, network, call, inPage },
    tokens: parts.tokens,
    isAlive,
    onRefresh: (token) => parts.onRefresh(page, token),
  })

  const fetchApi: typeof fetch = (input, init) => {
    const headers = new Headers(init?.headers)
    const [, token] = /^Bearer (.*)$/.exec(headers.get('authorization') ?? '') ?? []
    parts.onRequest(page, token, headers.get('caller'))
    return call<number>((settle) => network.api({ url: String(input), token, settle, fail: () => settle(0) })).then(
      (status) => {
        if (status === 0) throw new TypeError('Failed to fetch')
        // What the manager looks at of a response; a real one costs more than all the rest of a step.
        return { status, ok: status === 200, body: null, headers: NO_HEADERS } as Response
      },
    )
  }

  machine.storage.open(id, (task) => loop.tell(task))

  let foundNothing = false
  let leftAt = Number.NEGATIVE_INFINITY

  const ports: Ports = {
    clock,
    random: { next: dice.next, id: () => `page${id}-${++ids}-${dice.int(1e9)}` },
    lock: {
      request: (name, request, run) =>
        life === 'gone'
          ? new Promise(() => {})
          : machine.locks.request(id, { ...request, name }, () => call<void>((settle) => settle()).then(run)),
      count: (name) => call((settle) => void timeline.after(dice.next(), () => settle(machine.locks.count(name)))),
    },
    ledger: createPageLedger({ id, storage: machine.storage, life: () => life, inPage }),
    tabs: {
      post: (message) => life !== 'gone' && machine.channel.post(id, message),
      listen: (listener) => machine.channel.listen(id, (message) => loop.tell(unlessGone(() => listener(message)))),
      // A message like any other.
    },
    environment: {
      origin: 'https://clinic.example',
      href: () => href,
      base: () => href,
      online: () => machine.online,
      visible: () => life === 'live',
      subscribe(listener) {
        signals.add(listener)
        return () => void signals.delete(listener)
      },
      onActivity(listener) {
        users.add(listener)
        return () => void users.delete(listener)
      },
      navigate: (url) => void visits.push({ at: timeline.now, url }),
      fetch: () => undefined,
      recall: () => undefined,
      remember() {},
    },
    store: parts.store?.({ timeline, isAlive, inPage, end: () => page.end() }) ?? memoryStore(),
    fetch: fetchApi,
    reportError: (error) => void errors.push(error),
    onDegraded() {},
  }

  const voter = {
    isGone: () => !isAlive(),
    hears: () => isAlive() && life !== 'cached' && !loop.isBusy,
    runs: () => isAlive() && !stopped() && !loop.isBusy,
    deliver: (task: () => void) => inPage(task)(),
  }
  const { unlocked } = machine
  const offered = unlocked ? withoutLocks(ports, { id, unlocked, voter, call }) : ports
  const manager = wireTokenManager(resolveOptions({ transport, ...parts.options }), offered, 'token-manager:sim')
  const page: Page = {
    id,
    manager,
    errors,
    visits,
    get life() {
      return life
    },
    get isBusy() {
      return loop.isBusy
    },
    get runningSince() {
      return runningSince
    },
    get foundNothing() {
      return foundNothing
    },
    get leftAt() {
      return leftAt
    },
    get timers() {
      return timers.count()
    },
    signal: (heard) => inPage(() => signal(heard))(),
    work: loop.work,
    hang: loop.hang,
    act() {
      for (const listener of [...users]) listener()
    },
    setLife(next, ...heard) {
      if (life === 'gone') return
      const wasStopped = stopped()
      if (!wasStopped) for (const each of heard) page.signal(each)
      life = next
      if (!wasStopped || stopped()) return
      runningSince = timeline.now
      awake()
      const missed = timers.missed()
      for (const each of heard) signal(each)
      loop.flush()
      for (const fire of missed) fire()
    },
    end() {
      life = 'gone'
      timers.stop()
      machine.locks.drop(id)
      machine.channel.drop(id)
      machine.storage.drop(id)
    },
  }
  function awake(): void {
    foundNothing = machine.storage.read(id) === null
    parts.onAwake(page)
  }
  timeline.after(
    1,
    unlessGone(() => {
      awake()
      manager.start().catch(() => {})
    }),
  )
  return page
}
