import type { SessionEvent } from '../../packages/sdk/src/types.ts'
import type { LimitWitness } from './limit-witness.ts'
import type { LivenessWitness } from './liveness.ts'
import { familyOf, nameOf, type Violation } from './violation.ts'
import type { Page } from './world/page.ts'
import type { RefreshSeen } from './world/server.ts'
import type { Call, Sent, World } from './world/world.ts'

/** How long a message or a task may take to arrive anywhere. */
const DELIVERY_MS = 100
/** How much later than its deadline a call may settle: timers of hidden pages come once a second. */
const SLACK_MS = 2_500

/** What is known of the world from outside, for judging the pages by it. */
export interface Witness {
  /** Families whose user signed out, and when; in which page. */
  readonly signedOut: Map<number, { at: number; by: Page }>
  /** Sessions, by `sid`, that a user has ended. */
  readonly endedByUser: Set<string>
  /** Sessions whose tokens were cleared with the storage. */
  readonly cleared: Set<string>
  /** Whose page it is, as its user sees it. */
  readonly owner: Map<Page, string>
  /** Pages of an owner that the server knows, and nobody has seen yet. */
  readonly unseen: Set<Page>
  readonly calls: Call[]
  readonly maxWaitMs: number
}

/** Nobody has heard the answer, or will. */
export function isLost({ answer, isAwaited }: RefreshSeen): boolean {
  return answer === 'lost' || (answer === 'under-way' && !isAwaited())
}

type Found = Violation | undefined

export interface InspectorParts {
  world: World
  witness: Witness
  inCookie: boolean
  liveness: LivenessWitness
  limits?: LimitWitness
}

/** Looks at the world after each step. What it gives is wrong. */
export function createInspector({ world, witness, inCookie, liveness, limits }: InspectorParts) {
  let refreshesSeen = 0
  let requestsSeen = 0
  let spendingsSeen = 0
  const newest = new Map<string, number>()
  /** Refresh tokens that nobody can know to be spent. */
  const forgotten = new Set<string>()

  /** I1: a refresh token is spent once, or repeated with its key where that is no theft. */
  function spentTwice(): Violation | undefined {
    const { refreshes } = world.server.seen
    while (refreshesSeen < refreshes.length) {
      const index = refreshesSeen++
      const seen = refreshes[index]
      if (!seen) continue
      const name = `${seen.family}:${seen.number}`
      const before = refreshes[newest.get(name) ?? -1]
      newest.set(name, index)
      if (world.machine.locks.leakRatio > 0 || !before || forgotten.has(name)) continue
      if (isLost(before) || isLost(seen) || before.verdict === 'rejected' || seen.verdict === 'replayed') continue
      if (isLateRepetition(seen, before)) continue
      const what = `refresh token ${name} is spent again (${seen.verdict}); the answer before was ${before.answer}`
      return { invariant: 'I1', what }
    }
    return undefined
  }

  /** It would have been replayed, had nobody signed out since. */
  function isLateRepetition(seen: RefreshSeen, before: RefreshSeen): boolean {
    const { options, seen: all } = world.server
    return options.mode === 'replay' && seen.key === before.key && all.revoked.includes(seen.family)
  }

  /** A page that has not heard of a sign-in of this moment sends its cookie, and takes it for that of the session before. */
  function excuse({ page, at, token }: Sent): void {
    const family = world.server.familyOf(token) ?? 0
    const isNew = at - world.server.signedInAt(family) < DELIVERY_MS
    if (isNew && familyOf(page.manager.peekAccessToken()) !== family) forgotten.add(nameOf(token))
  }

  /** I5, I6, I9: whose token left, and might it still. */
  function wrongRequest(): Violation | undefined {
    while (requestsSeen < world.requests.length) {
      const request = world.requests[requestsSeen++]
      const family = familyOf(request?.token)
      const wrong = request && (limits?.leaves(family, request.at) ?? wrongToken(request, family))
      if (wrong) return wrong
    }
    while (spendingsSeen < world.refreshes.length) {
      const refresh = world.refreshes[spendingsSeen++]
      if (refresh && inCookie) excuse(refresh)
      const wrong = refresh && wrongToken(refresh, world.server.familyOf(refresh.token) ?? 0, inCookie)
      if (wrong) return wrong
    }
    return undefined
  }

  /** @param isBlind the page can not see whose token it is */
  function wrongToken({ page, at, caller }: Sent, family: number, isBlind = false): Violation | undefined {
    // Once the endpoint has been told, a cookie may be that of somebody who has signed in since.
    const isOver = isBlind && !world.server.isAlive(family)
    const end = isOver ? undefined : witness.signedOut.get(family)
    if (end && at > end.at && heardOf(end, page, at)) {
      return {
        invariant: 'I5',
        what: `page ${page.id} sends a token ${at - end.at} ms after its session was signed out`,
      }
    }
    const user = world.server.userOf(family)
    const owner = caller ?? witness.owner.get(page)
    if (isBlind || user === undefined || owner === undefined || user === owner) return undefined
    return { invariant: 'I6', what: `page ${page.id} sends a call of ${owner} with a token of ${user}` }
  }

  function heardOf(end: { at: number; by: Page }, page: Page, at: number): boolean {
    if (end.by === page) return true
    if (page.isBusy) return false
    // Where somebody has cleared the storage it has to be told.
    const woke = page.runningSince > end.at + DELIVERY_MS && !page.foundNothing
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
        const wrong = leakedBy(`the error of a call of page ${call.page.id}`, call.error) ?? liveness.judge(call)
        if (wrong) return wrong
        continue
      }
      if (call.page.life === 'frozen' || call.page.life === 'cached' || call.page.isBusy) continue
      const since = Math.max(call.startedAt, call.page.runningSince)
      if (world.timeline.now - since > witness.maxWaitMs + SLACK_MS) {
        return { invariant: 'I3', what: `a call of page ${call.page.id} is ${world.timeline.now - since} ms old` }
      }
    }
    return undefined
  }

  /** I8: no token where it can be read. */
  function leaked(): Violation | undefined {
    for (const { id, manager, errors } of world.pages) {
      const wrong =
        leakedBy('the ledger', world.machine.storage.read(id)) ??
        leakedBy(`what page ${id} shows`, [manager.getSnapshot(), manager.getMetrics(), manager.getDiagnostics()]) ??
        errors.map((error) => leakedBy(`an error of page ${id}`, error)).find(Boolean)
      if (wrong) return wrong
    }
    return undefined
  }

  function leakedBy(where: string, shown: unknown): Violation | undefined {
    const isError = shown instanceof Error
    const text = JSON.stringify(isError ? [shown.message, shown.stack, shown.cause, shown] : (shown ?? ''))
    return text.includes('SECRET') ? { invariant: 'I8', what: `a token in ${where}` } : undefined
  }

  return {
    /** From now on nobody can know what was before. */
    forget(): void {
      for (const { token } of world.refreshes) forgotten.add(nameOf(token))
      witness.signedOut.clear()
    },
    afterEach: (): Found[] => [spentTwice(), wrongRequest(), limits?.late()],
    /** Costs more: looks at every page. */
    afterStep: (): Found[] => [spentTwice(), wrongRequest(), risen(), overdue()],
    hear: (page: Page, event: SessionEvent): Found => leakedBy(`an event of page ${page.id}`, event),
    atEnd: (): Found[] => [overdue(), leaked()],
  }
}
