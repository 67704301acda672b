import type { LimitWitness } from './limit-witness.ts'
import { familyOf, type Violation } from './violation.ts'
import type { Page } from './world/page.ts'
import type { RefreshSeen } from './world/server.ts'
import type { Call, World } from './world/world.ts'

/** How long a message or a task may take to arrive anywhere. */
const DELIVERY_MS = 100
/** How much later than its deadline a call may settle: timers of hidden pages come once a second. */
const SLACK_MS = 2_500

/** What is known of the world from outside, for judging the pages by it. */
export interface Witness {
  /** Families whose user signed out, and when; in which page. */
  readonly signedOut: Map<number, { at: number; by: Page }>
  /** Whose page it is, as its user sees it. */
  readonly owner: Map<Page, string>
  readonly calls: Call[]
  readonly maxWaitMs: number
}

/** Nobody has heard the answer, or will. */
export function isLost({ answer, isAwaited }: RefreshSeen): boolean {
  return answer === 'lost' || (answer === 'under-way' && !isAwaited())
}

/** Looks at the world after each step. What it gives is wrong. */
export function createInspector(world: World, witness: Witness, limits?: LimitWitness) {
  let refreshesSeen = 0
  let requestsSeen = 0
  const newest = new Map<string, number>()

  /** I1: a refresh token is spent once, or repeated with its key where that is no theft. */
  function spentTwice(): Violation | undefined {
    const { refreshes } = world.server.seen
    for (; refreshesSeen < refreshes.length; refreshesSeen++) {
      const seen = refreshes[refreshesSeen]
      if (!seen) continue
      const name = `${seen.family}:${seen.number}`
      const before = refreshes[newest.get(name) ?? -1]
      newest.set(name, refreshesSeen)
      if (!before || isLost(before) || isLost(seen) || before.verdict === 'rejected' || seen.verdict === 'replayed')
        continue
      const what = `refresh token ${name} is spent again (${seen.verdict}); the answer before was ${before.answer}`
      return { invariant: 'I1', what }
    }
    return undefined
  }

  /** I5, I6: whose token left, and might it still. */
  function wrongRequest(): Violation | undefined {
    for (; requestsSeen < world.requests.length; requestsSeen++) {
      const request = world.requests[requestsSeen]
      if (!request) continue
      const { page, token, at } = request
      const tooLate = limits?.leaves(familyOf(token), at)
      if (tooLate) return tooLate
      const end = witness.signedOut.get(familyOf(token))
      if (end && at > end.at && heardOf(end, page, at)) {
        return {
          invariant: 'I5',
          what: `page ${page.id} sends a token ${at - end.at} ms after its session was signed out`,
        }
      }
      const { user } = world.server.access(token)
      const owner = witness.owner.get(page)
      if (user !== undefined && owner !== undefined && user !== owner) {
        return { invariant: 'I6', what: `page ${page.id} of ${owner} sends a token of ${user}` }
      }
    }
    return undefined
  }

  function heardOf(end: { at: number; by: Page }, page: Page, at: number): boolean {
    if (end.by === page) return true
    const woke = page.runningSince > end.at + DELIVERY_MS
    return woke || at > Math.max(end.at, page.runningSince) + DELIVERY_MS
  }

  /** I5: nothing brings back a session that was signed out. */
  function risen(): Violation | undefined {
    for (const page of world.pages) {
      if (page.life !== 'live' && page.life !== 'hidden') continue
      const token = page.manager.peekAccessToken()
      const end = token === undefined ? undefined : witness.signedOut.get(familyOf(token))
      if (end && heardOf(end, page, world.timeline.now)) {
        return { invariant: 'I5', what: `page ${page.id} still has a token of a session that was signed out` }
      }
    }
    return undefined
  }

  /** I3: every call settles by its deadline, in pages that run. */
  function overdue(): Violation | undefined {
    for (let i = witness.calls.length - 1; i >= 0; i--) {
      const call = witness.calls[i]
      if (!call) continue
      if (call.settledAt !== undefined || call.page.life === 'gone') {
        witness.calls.splice(i, 1)
        continue
      }
      if (call.page.life === 'frozen' || call.page.life === 'cached') continue
      const since = Math.max(call.startedAt, call.page.runningSince)
      if (world.timeline.now - since > witness.maxWaitMs + SLACK_MS) {
        return { invariant: 'I3', what: `a call of page ${call.page.id} is ${world.timeline.now - since} ms old` }
      }
    }
    return undefined
  }

  /** I8: no token where it can be read. */
  function leaked(): Violation | undefined {
    const ledger = world.pages.map(({ id }) => world.machine.storage.read(id)).join()
    if (ledger.includes('SECRET')) return { invariant: 'I8', what: 'a token in the ledger' }
    for (const page of world.pages) {
      const shown = JSON.stringify([page.manager.getEvents(), page.manager.getSnapshot(), page.manager.getMetrics()])
      if (shown.includes('SECRET')) return { invariant: 'I8', what: `a token in what page ${page.id} shows` }
    }
    return undefined
  }

  return {
    afterEach: (): Violation | undefined => spentTwice() ?? wrongRequest() ?? limits?.late(),
    /** Costs more: looks at every page. */
    afterStep: (): Violation | undefined => spentTwice() ?? wrongRequest() ?? risen() ?? overdue(),
    atEnd: leaked,
  }
}
