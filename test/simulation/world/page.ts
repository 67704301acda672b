import type { TokenManager } from '../../../packages/sdk/src/contract.ts'
import { type PageTime, tellTime } from '../../../packages/sdk/src/decisions/page-time.ts'
import type { TokenManagerOptions } from '../../../packages/sdk/src/index.ts'
import { resolveOptions } from '../../../packages/sdk/src/options.ts'
import type { PageSignal, Ports, SessionStore } from '../../../packages/sdk/src/ports.ts'
import { memoryStore } from '../../../packages/sdk/src/stores/memory.ts'
import { wireTokenManager } from '../../../packages/sdk/src/token-manager.ts'
import type { Machine } from './machine.ts'
import type { Network } from './network.ts'
import type { Cancel, Dice, Timeline } from './timeline.ts'
import { simulatedTransport, type TokenPlaces } from './transport.ts'

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
  store?: SessionStore
  onRequest(page: Page, token: string | undefined): void
}

/** One page of the simulated browser, with the real manager in it. */
export interface Page {
  readonly id: number
  readonly life: PageLife
  readonly manager: TokenManager
  readonly timers: number
  readonly errors: unknown[]
  /** Since when the page has run without a stop. */
  readonly runningSince: number
  signal(signal: PageSignal): void
  /** Its user moves the mouse. */
  act(): void
  /** Goes over to another life; the page hears `signals` while it runs, before what has waited for it. */
  setLife(life: PageLife, ...signals: PageSignal[]): void
  /** Ends the page; nothing in it runs any more. */
  end(): void
}

interface PendingTimer {
  cancel: Cancel
  /** Fires it, if it is due by the machine's time without sleep: on many a laptop the timers sleep, too. */
  fire(): void
  dueWhileFrozen: boolean
}

export function openPage(parts: PageParts): Page {
  const { id, timeline, dice, machine, network } = parts
  const signals = new Set<(signal: PageSignal) => void>()
  const users = new Set<() => void>()
  const timers = new Set<PendingTimer>()
  /** What settled while the page was frozen: delivered when it goes on. */
  let deferred: Array<() => void> = []
  const errors: unknown[] = []
  let life: PageLife = 'live'
  let time: PageTime | undefined
  let ids = 0
  let runningSince = timeline.now

  const stopped = () => life === 'frozen' || life === 'cached'

  /** Runs in the page: not in one that is gone, and later in one that is frozen. */
  function inPage(run: () => void): () => void {
    return () => {
      if (life === 'gone') return
      if (stopped()) deferred.push(run)
      else run()
    }
  }

  function signal(heard: PageSignal): void {
    for (const listener of [...signals]) listener(heard)
  }

  /** A page that is gone asks for nothing more, and hears no answer. */
  function call<T>(start: (settle: (value: T) => void) => void): Promise<T> {
    return new Promise((resolve) => {
      if (life !== 'gone') start((value) => inPage(() => resolve(value))())
    })
  }

  const clock: Ports['clock'] = {
    now() {
      time = tellTime(time, machine.wallNow(), machine.monotonicNow())
      return time.now
    },
    wallNow: machine.wallNow,
    setTimer(delayMs, callback) {
      // Hidden pages are woken once a second.
      const lateMs = life === 'hidden' ? Math.ceil(delayMs / 1_000) * 1_000 - delayMs : dice.next()
      const dueAt = machine.monotonicNow() + delayMs + lateMs
      const timer: PendingTimer = {
        cancel: () => {},
        dueWhileFrozen: false,
        fire() {
          const earlyMs = dueAt - machine.monotonicNow()
          timer.dueWhileFrozen = earlyMs <= 1e-3 && stopped()
          if (earlyMs > 1e-3) timer.cancel = timeline.after(earlyMs, timer.fire)
          else if (!stopped() && timers.delete(timer)) callback()
        },
      }
      if (life === 'gone') return timer
      timer.cancel = timeline.after(delayMs + lateMs, timer.fire)
      timers.add(timer)
      return timer
    },
    clearTimer(timer) {
      const pending = timer as PendingTimer | undefined
      if (!pending) return
      pending.cancel()
      timers.delete(pending)
    },
  }

  const transport = simulatedTransport({ network, tokens: parts.tokens, call, inPage, isAlive: () => life !== 'gone' })

  const fetchApi: typeof fetch = (_input, init) => {
    const [, token] = /^Bearer (.*)$/.exec(new Headers(init?.headers).get('authorization') ?? '') ?? []
    parts.onRequest(page, token)
    return call<number>((settle) => network.api(token, settle, () => settle(0))).then((status) => {
      if (status === 0) throw new TypeError('Failed to fetch')
      // What the manager looks at of a response; a real one costs more than all the rest of a step.
      return { status, body: null } as Response
    })
  }

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
    ledger: {
      read: () => JSON.parse(machine.storage.read(id) ?? 'null'),
      write: (record) => life !== 'gone' && machine.storage.write(id, JSON.stringify(record)),
      subscribe: (listener) => machine.storage.subscribe(id, inPage(listener)),
    },
    tabs: {
      post: (message) => life !== 'gone' && machine.channel.post(id, message),
      listen: (listener) => machine.channel.listen(id, (message) => life !== 'gone' && listener(message)),
      fence: () => call<void>((settle) => void machine.channel.fence(id).then(settle)),
    },
    environment: {
      origin: 'https://clinic.example',
      href: () => 'https://clinic.example/ward',
      base: () => 'https://clinic.example/ward',
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
      navigate() {},
    },
    store: parts.store ?? memoryStore(),
    fetch: fetchApi,
    reportError: (error) => void errors.push(error),
    onDegraded() {},
  }

  const manager = wireTokenManager(resolveOptions({ transport, ...parts.options }), ports, 'token-manager:sim')
  const page: Page = {
    id,
    manager,
    errors,
    get life() {
      return life
    },
    get runningSince() {
      return runningSince
    },
    get timers() {
      return timers.size
    },
    signal,
    act() {
      for (const listener of [...users]) listener()
    },
    setLife(next, ...heard) {
      if (life === 'gone') return
      const wasStopped = stopped()
      if (!wasStopped) for (const each of heard) signal(each)
      life = next
      if (!wasStopped || stopped()) return
      runningSince = timeline.now
      const due = [...timers].filter((timer) => timer.dueWhileFrozen)
      const later = deferred
      deferred = []
      for (const each of heard) signal(each)
      for (const run of later) run()
      for (const timer of due) if (timers.has(timer)) timer.fire()
    },
    end() {
      life = 'gone'
      for (const timer of timers) timer.cancel()
      timers.clear()
      machine.locks.drop(id)
      machine.channel.drop(id)
      machine.storage.drop(id)
    },
  }
  timeline.after(1, () => {
    if (life !== 'gone') void manager.start().catch(() => {})
  })
  return page
}
