import type { Witness } from './invariants.ts'
import type { LimitWitness } from './limit-witness.ts'
import type { RevocationWitness } from './revocation-witness.ts'
import { familyOf } from './violation.ts'
import type { Fault } from './world/network.ts'
import type { Page } from './world/page.ts'
import type { Dice } from './world/timeline.ts'
import type { Call, SharedStore, World } from './world/world.ts'

const SECOND = 1_000
const MINUTE = 60 * SECOND
const MAX_PAGES = 6
/** By then all pages have heard of a sign-in. */
const HEARD_MS = 100
const FAULTS: readonly Fault[] = ['503', '429', 'html', 'reset-before', 'reset-after', 'stall']

/** The history that is under way. */
export interface Context {
  world: World
  witness: Witness
  dice: Dice
  inCookie: boolean
  say: (line: string) => void
  /** Where a policy limits the session. */
  limits?: LimitWitness
  /** Where the endpoint may not hear of sign-outs. */
  revocations?: RevocationWitness
  /** A store in localStorage, which goes with that. */
  inStorage?: SharedStore
}

/** One step of it. */
export interface Turn extends Context {
  open(): Page
}

export interface Action {
  weight: number
  run(turn: Turn): Promise<string | undefined> | string | undefined
}

/** A page belongs to whom it first showed; where it can not know who that is, until it says that it is signed out. */
export function note({ world, witness }: Context, page: Page): void {
  const { status, subject } = page.manager.getSnapshot()
  if (status === 'signed-out' && (world.isAnonymous || witness.unseen.has(page))) witness.owner.delete(page)
  if (status !== 'active' && (status !== 'degraded' || !page.manager.isAuthenticated())) return
  witness.unseen.delete(page)
  if (witness.owner.has(page)) return
  const user = subject ?? world.server.userOf(familyOf(page.manager.peekAccessToken()))
  if (user !== undefined) witness.owner.set(page, user)
}

/** The pages that run. */
export const running = ({ world }: Context) => world.pages.filter(({ life }) => life === 'live' || life === 'hidden')
export const having = ({ world }: Context, life: Page['life']) => world.pages.filter((page) => page.life === life)

export function watch({ world, witness }: Context, page: Page, call: Promise<unknown>): Call {
  const watched = world.watch(page, call)
  witness.calls.push(watched)
  return watched
}

function refresh(turn: Turn, page: Page): void {
  watch(turn, page, page.manager.refreshAccessToken()).isForced = true
}

/** Something done in a page that runs, if there is one. */
function inPage(what: string, run: (turn: Turn, page: Page) => Promise<void> | void): Action['run'] {
  return async (turn) => {
    const page = turn.dice.pick(running(turn).filter(({ isBusy }) => !isBusy))
    if (!page) return undefined
    await run(turn, page)
    return `${what} (page ${page.id})`
  }
}

export async function signIn(turn: Turn, page: Page, user: string): Promise<void> {
  const { world, witness, inCookie, limits, revocations } = turn
  await revocations?.begins(page)
  // A late answer would put the cookie of the session before over the new one: apps await signOut() for that.
  if (inCookie && world.network.underWay > 0) return
  // Nothing says of a login of the server when it was: of one at the same moment nobody could tell which came later.
  if ([...witness.unseen].some(({ runningSince }) => world.timeline.now - runningSince < HEARD_MS)) return
  revocations?.signsIn(page)
  witness.owner.set(page, user)
  await world.signIn(page, user)
  revocations?.signedIn(page)
  limits?.signsIn(familyOf(page.manager.peekAccessToken()))
}

export const signOut = inPage('signs out', ({ world, witness }, page) => {
  if (!page.manager.isAuthenticated()) return
  const family = familyOf(page.manager.peekAccessToken())
  if (family) witness.signedOut.set(family, { at: world.timeline.now, by: page })
  for (const { sid } of page.manager.getEvents().slice(-1)) if (sid !== undefined) witness.endedByUser.add(sid)
  page.manager.signOut().catch(() => {})
})

export const ACTIONS: readonly Action[] = [
  { weight: 10, run: inPage('request', (turn, page) => void turn.world.request(page, turn.witness.owner.get(page))) },
  {
    weight: 8,
    run: inPage('wants a token', (turn, page) => void watch(turn, page, page.manager.getAccessToken())),
  },
  { weight: 3, run: inPage('refreshes', refresh) },
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
      // It hears of a sign-out without an event where it has had no tokens yet.
      if (page && !turn.limits) note(turn, page)
      return page && `comes back (page ${page.id})`
    },
  },
  {
    weight: 2,
    run: (turn) => {
      const free = running(turn).filter(({ isBusy }) => !isBusy)
      const waiting = free.filter(({ manager }) => manager.getDiagnostics().queued > 0)
      // One whose calls wait has something to do, and may not do it.
      const page = turn.dice.pick(waiting.length > 0 ? waiting : free)
      page?.setLife('frozen', 'hidden', 'freeze')
      return page && `freezes (page ${page.id})`
    },
  },
  {
    weight: 3,
    run: (turn) => {
      const page = turn.dice.pick(having(turn, 'frozen'))
      page?.setLife('live', 'resume', 'visible')
      return page && `thaws (page ${page.id})`
    },
  },
  {
    weight: 4,
    run: inPage('is busy', (turn, page) => page.work(turn.dice.pick([200, 1_000, 3_000]) ?? SECOND)),
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
      turn.limits?.clockIsSet(byMs)
      turn.world.machine.setClock(byMs)
      return `the clock is set by ${byMs} ms`
    },
  },
  {
    weight: 5,
    run: (turn) => {
      const drawn = turn.dice.pick(FAULTS) ?? '503'
      const times = 1 + turn.dice.int(3)
      const fault = drawn === 'html' && turn.dice.chance(0.5) ? 'empty' : drawn
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
      if (!turn.world.machine.online || (page.manager.isAuthenticated() && !turn.dice.chance(0.1))) return
      const user = turn.dice.chance(0.8) ? (turn.witness.owner.get(page) ?? 'amara') : 'ben'
      await signIn(turn, page, user)
    }),
  },
  { weight: 1, run: signOut },
]

/** What happens next, by weight. */
export function pickAction(actions: readonly Action[], dice: Dice): Action | undefined {
  let rest = dice.next() * actions.reduce((sum, { weight }) => sum + weight, 0)
  return actions.find(({ weight }) => {
    rest -= weight
    return rest < 0
  })
}
