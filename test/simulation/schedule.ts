import type { SessionEvent, SessionSnapshot } from '../../packages/sdk/src/types.ts'
import { createInspector, isLost, type Violation, type Witness } from './invariants.ts'
import type { Fault } from './world/network.ts'
import type { Page } from './world/page.ts'
import { createDice } from './world/timeline.ts'
import { createWorld, sharedStore, type World } from './world/world.ts'

export interface ScheduleOptions {
  seed: number
  steps: number
  /** Which steps to leave out, by their number: for shrinking a failure. */
  skip?: ReadonlySet<number>
  /** Called with what happens, line by line. */
  trace?: (line: string) => void
}

export interface ScheduleResult {
  seed: number
  violation?: Violation
  /** After which step. */
  step?: number
}

const SECOND = 1_000
const MINUTE = 60 * SECOND
const MAX_WAIT_MS = 15 * SECOND
const MAX_PAGES = 6
const FAULTS: readonly Fault[] = ['503', '429', 'html', 'reset-before', 'reset-after', 'stall']

/** One random history of a browser, and what was wrong with it. */
export async function runSchedule({ seed, steps, skip, trace }: ScheduleOptions): Promise<ScheduleResult> {
  const dice = createDice(seed * 7_919 + 1)
  const mode = (['strict', 'grace', 'replay'] as const)[dice.int(3)] ?? 'strict'
  const inCookie = dice.chance(0.5)
  const shared = dice.chance(0.4) ? sharedStore() : undefined
  const accessLifetimeMs = dice.pick([30 * SECOND, 2 * MINUTE, 15 * MINUTE]) ?? MINUTE
  const world = createWorld({
    seed,
    mode,
    inCookie,
    accessLifetimeMs,
    options: { maxWaitMs: MAX_WAIT_MS },
    ...(shared && { store: () => shared }),
  })
  world.network.conditions.commitsOnlyForLiveClient = dice.chance(0.3)
  const witness: Witness = { signedOut: new Map(), owner: new Map(), calls: [], maxWaitMs: MAX_WAIT_MS }
  const inspector = createInspector(world, witness)
  const context = { world, witness, dice, inCookie, remembers: shared !== undefined, say: trace ?? (() => {}) }
  context.say(`seed ${seed}: ${mode}, ${inCookie ? 'cookie' : 'body'}, ${shared ? 'shared store' : 'memory'}`)

  let violation: Violation | undefined
  let step = 0
  let told = 0
  let happenings = 0
  world.timeline.onStep = () => {
    const { refreshes } = world.server.seen
    for (; told < refreshes.length; told++) {
      const { family, number, key, verdict } = refreshes[told] ?? {}
      context.say(`  ${world.timeline.now % 1e8} server: token ${family}:${number} ${verdict} (key ${key})`)
    }
    violation ??= ++happenings % 8 ? inspector.afterEach() : inspector.afterStep()
  }
  function open(): Page {
    const page = world.open()
    page.manager.onEvent((event) => {
      context.say(`  ${world.timeline.now % 1e8} page ${page.id}: ${describe(event)}`)
      note(context, page)
    })
    return page
  }
  open()
  await world.run(50)
  for (step = 0; step < steps && !violation; step++) {
    const action = ACTIONS[pickWeighted(dice)] ?? ACTIONS[0]
    const turn = createDice(seed * 104_729 + step)
    if (!action || skip?.has(step)) continue
    const name = await action.run({ ...context, dice: turn, open })
    if (name) context.say(`${step}. ${name}`)
    violation ??= inspector.afterStep()
    await world.run(turn.pick([0, 5, 50, 300, 2_000, 20_000]) ?? 0)
  }
  violation ??= await calmDown(context, open)
  violation ??= inspector.atEnd()
  for (const page of world.pages) if (page.life !== 'gone') page.end()
  return violation ? { seed, violation, step } : { seed }
}

interface Context {
  world: World
  witness: Witness
  dice: ReturnType<typeof createDice>
  inCookie: boolean
  /** The session outlives its pages. */
  remembers: boolean
  say: (line: string) => void
}

interface Turn extends Context {
  open(): Page
}

interface Action {
  weight: number
  run(turn: Turn): Promise<string | undefined> | string | undefined
}

function describe({ type, ...rest }: { type: string }): string {
  const { at: _, tab: __, ...shown } = rest as Record<string, unknown>
  return `${type} ${JSON.stringify(shown)}`
}

/** A page belongs to whom it first showed. */
function note({ witness }: Context, page: Page): void {
  const { status, subject } = page.manager.getSnapshot()
  if (subject !== undefined && (status === 'active' || status === 'degraded') && !witness.owner.has(page)) {
    witness.owner.set(page, subject)
  }
}

const running = ({ world }: Context) => world.pages.filter(({ life }) => life === 'live' || life === 'hidden')
const having = ({ world }: Context, life: Page['life']) => world.pages.filter((page) => page.life === life)

function watch({ world, witness }: Context, page: Page, call: Promise<unknown>): void {
  witness.calls.push(world.watch(page, call))
}

/** Something done in a page that runs, if there is one. */
function inPage(what: string, run: (turn: Turn, page: Page) => Promise<void> | void): Action['run'] {
  return async (turn) => {
    const page = turn.dice.pick(running(turn))
    if (!page) return undefined
    await run(turn, page)
    return `${what} (page ${page.id})`
  }
}

async function signIn({ world, witness, inCookie }: Turn, page: Page, user: string): Promise<void> {
  // A late answer would put the cookie of the session before over the new one: apps await signOut() for that.
  if (inCookie && world.network.underWay > 0) return
  witness.owner.set(page, user)
  await world.signIn(page, user)
}

const ACTIONS: readonly Action[] = [
  { weight: 10, run: inPage('request', (turn, page) => void turn.world.request(page)) },
  {
    weight: 8,
    run: inPage('wants a token', (turn, page) => watch(turn, page, page.manager.getAccessToken())),
  },
  { weight: 3, run: inPage('refreshes', (turn, page) => watch(turn, page, page.manager.refreshAccessToken())) },
  {
    weight: 8,
    run: async (turn) => {
      const ms = turn.dice.pick([SECOND, 10 * SECOND, 40 * SECOND, 3 * MINUTE, 14 * MINUTE]) ?? SECOND
      turn.say(`... ${ms} ms`)
      await turn.world.run(ms)
      return undefined
    },
  },
  {
    weight: 5,
    run: (turn) => {
      if (turn.world.pages.filter(({ life }) => life !== 'gone').length >= MAX_PAGES) return undefined
      return `opens page ${turn.open().id}`
    },
  },
  {
    weight: 2,
    run: inPage('closes', (_, page) => {
      page.setLife(page.life, 'pagehide')
      page.end()
    }),
  },
  { weight: 2, run: inPage('crashes', (_, page) => page.end()) },
  {
    weight: 3,
    run: inPage('reloads', (turn, page) => {
      page.setLife(page.life, 'pagehide')
      page.end()
      turn.open()
    }),
  },
  { weight: 2, run: inPage('is cached', (_, page) => page.setLife('cached', 'pagehide', 'freeze')) },
  {
    weight: 3,
    run: (turn) => {
      const page = turn.dice.pick(having(turn, 'cached'))
      page?.setLife('live', 'resume', 'pageshow')
      return page && `comes back (page ${page.id})`
    },
  },
  { weight: 2, run: inPage('freezes', (_, page) => page.setLife('frozen', 'hidden', 'freeze')) },
  {
    weight: 3,
    run: (turn) => {
      const page = turn.dice.pick(having(turn, 'frozen'))
      page?.setLife('live', 'resume', 'visible')
      return page && `thaws (page ${page.id})`
    },
  },
  { weight: 2, run: inPage('is hidden', (_, page) => page.setLife('hidden', 'hidden')) },
  { weight: 2, run: inPage('is shown', (_, page) => page.setLife('live', 'visible', 'focus')) },
  {
    weight: 2,
    run: async (turn) => {
      const ms = turn.dice.pick([10 * SECOND, 20 * MINUTE, 480 * MINUTE]) ?? MINUTE
      turn.say(`... sleeps ${ms} ms`)
      await turn.world.sleep(ms)
      return undefined
    },
  },
  {
    weight: 1,
    run: (turn) => {
      for (const page of turn.world.pages) if (page.life !== 'gone') page.end()
      turn.open()
      return 'the browser starts anew'
    },
  },
  {
    weight: 3,
    run: (turn) => {
      turn.world.setOnline(!turn.world.machine.online)
      return turn.world.machine.online ? 'online' : 'offline'
    },
  },
  {
    weight: 1,
    run: (turn) => {
      // A page that opens after such a jump can not tell that an attempt is still open: nothing in it has seen both times.
      if (turn.world.network.underWay > 0) return undefined
      const byMs = turn.dice.pick([-60 * MINUTE, -5 * SECOND, 5 * SECOND, 60 * MINUTE]) ?? 0
      turn.world.machine.setClock(byMs)
      return `the clock is set by ${byMs} ms`
    },
  },
  {
    weight: 5,
    run: (turn) => {
      const fault = turn.dice.pick(FAULTS) ?? '503'
      const times = 1 + turn.dice.int(3)
      turn.world.network.conditions.faults.push(...Array.from({ length: times }, () => fault))
      return `${times} x ${fault}`
    },
  },
  {
    weight: 2,
    run: (turn) => {
      turn.world.network.conditions.latencyMs = turn.dice.pick([4, 40, 2_000, 20_000]) ?? 40
      return `latency ${turn.world.network.conditions.latencyMs} ms`
    },
  },
  {
    weight: 4,
    run: inPage('signs in', async (turn, page) => {
      if (page.manager.isAuthenticated() && !turn.dice.chance(0.1)) return
      const user = turn.dice.chance(0.8) ? (turn.witness.owner.get(page) ?? 'amara') : 'ben'
      await signIn(turn, page, user)
    }),
  },
  {
    weight: 1,
    run: inPage('signs out', ({ world, witness }, page) => {
      const family = Number(/^SECRET-access-(\d+)-/.exec(page.manager.peekAccessToken() ?? '')?.[1] ?? 0)
      if (family) witness.signedOut.set(family, { at: world.timeline.now, by: page })
      page.manager.signOut().catch(() => {})
    }),
  },
]

const TOTAL_WEIGHT = ACTIONS.reduce((sum, { weight }) => sum + weight, 0)

function pickWeighted(dice: ReturnType<typeof createDice>): number {
  let rest = dice.next() * TOTAL_WEIGHT
  return ACTIONS.findIndex(({ weight }) => {
    rest -= weight
    return rest < 0
  })
}

/** Ends all trouble, and looks whether all pages come to agree (I2, I4) and to rest (I7). */
async function calmDown(context: Context, open: () => Page): Promise<Violation | undefined> {
  const { world } = context
  world.network.conditions.faults = []
  world.network.conditions.latencyMs = 40
  world.setOnline(true)
  for (const page of having(context, 'cached')) page.setLife('live', 'resume', 'pageshow')
  for (const page of having(context, 'frozen')) page.setLife('live', 'resume', 'visible')
  for (const page of having(context, 'hidden')) page.setLife('live', 'visible')
  context.say('calm')
  await world.run(3 * MINUTE)
  if (running(context).length === 0) open()
  await world.run(15 * SECOND)
  // Not in the second in which the lock of a generation lingers.
  if (unrest(context)) await world.run(2 * SECOND)
  return disagreement(context) ?? unrest(context) ?? wrongEnd(context)
}

function disagreement(context: Context): Violation | undefined {
  const views = running(context)
    .map((page) => ({ page, view: page.manager.getSnapshot() }))
    .filter(({ view }) => view.status !== 'identity-changed')
  const word = ({ status, generation, subject }: SessionSnapshot) => `${status} ${subject} ${generation}`
  const first = views[0]
  const other = views.find(({ view }) => first && word(view) !== word(first.view))
  if (!first || !other) return undefined
  return {
    invariant: 'I4',
    what: `page ${first.page.id} is ${word(first.view)}, page ${other.page.id} is ${word(other.view)}`,
  }
}

function unrest(context: Context): Violation | undefined {
  const restless = running(context).find(({ timers }) => timers > 1)
  return restless && { invariant: 'I7', what: `page ${restless.id} has ${restless.timers} timers at rest` }
}

/** I2: who was signed out has lost an answer, or all pages that had the newest tokens, and nobody could save that. */
function wrongEnd({ world, inCookie, remembers }: Context): Violation | undefined {
  const { refreshes } = world.server.seen
  const isExcused = refreshes.some((seen) => isLost(seen) || seen.verdict === 'graced')
  const events = world.pages.flatMap(({ manager }) => manager.getEvents())
  const rejected = new Set(
    events
      .filter(({ type }) => type === 'refresh-failed')
      .filter(isFinal)
      .map(({ sid }) => sid),
  )
  const wrong = events.find((event) => {
    if (event.type !== 'signed-out' || !event.reason.startsWith('refresh-')) return false
    return rejected.has(event.sid) ? !isExcused : inCookie || remembers
  })
  return wrong && { invariant: 'I2', what: `${wrong.tab} was signed out although no answer was lost` }
}

const isFinal = (event: SessionEvent) => event.type === 'refresh-failed' && event.final
