import type { SessionEvent } from '../../packages/sdk/src/types.ts'
import type { Violation } from './violation.ts'
import type { Page } from './world/page.ts'
import type { World } from './world/world.ts'

/** How long a session may last, in true time. */
export interface Limits {
  idleMs: number
  sessionMs: number
}

/** Pages hear of activity once a second, and instants are rounded where a clock was set back. */
const EARLY_MS = 1_200
/** Timers of hidden pages come once a second, and so do the pauses in which the other pages are asked. */
const LATE_MS = 2_500
/** A request that was decided on may take a moment to leave. */
const LEAVING_MS = 200
/** So may a message or a storage event take to arrive. */
const UNDER_WAY_MS = 100

interface Standing {
  signedInAt: number
  activeAt: number
}

/**
 * Knows by true time when each session has to end, whatever the pages' clocks show (I9). What no page can know is taken
 * into account: how long nobody was there while the clock was set back, and that a clock set forward looks like sleep.
 */
export function createLimitWitness(world: World, { idleMs, sessionMs }: Limits) {
  const { timeline, machine, pages } = world
  const standings = new Map<string, Standing>()
  const loggedInAt = new Map<number, number>()
  /** The session that each page shows, and since when. */
  const shown = new Map<Page, { sid: string; since: number }>()
  const endedAt = new Map<string, number>()
  let newestActivityAt = timeline.now
  let unseenMs = 0
  let setBackUnseenMs = 0
  let aheadMs = 0
  let setBackMs = 0

  const isRunning = ({ life, isBusy }: Page) => (life === 'live' || life === 'hidden') && !isBusy
  /** A page that stands still can not tell sleep from a clock that was set while it stood. */
  const unknownMs = () => unseenMs + Math.min(setBackUnseenMs, machine.sleptMs())
  const endOf = ({ signedInAt, activeAt }: Standing) =>
    Math.min(signedInAt + sessionMs, activeAt + idleMs) + unknownMs()

  const isNewest = (sid: string) => JSON.parse(machine.storage.newest().text ?? '{}').sid === sid

  function early(page: Page, { signedInAt, activeAt }: Standing, reason: string): Violation | undefined {
    const dueAt = reason === 'idle' ? activeAt + idleMs : signedInAt + sessionMs
    const earlyMs = dueAt - aheadMs - EARLY_MS - timeline.now
    return earlyMs > 0
      ? { invariant: 'I9', what: `page ${page.id} ends (${reason}) ${earlyMs} ms too early` }
      : undefined
  }

  function hear(page: Page, event: SessionEvent): Violation | undefined {
    const { sid } = event
    if (sid === undefined) return undefined
    const { now } = timeline
    if (event.type === 'signed-out') {
      shown.delete(page)
      if (event.reason !== 'idle' && event.reason !== 'session-limit') return undefined
      endedAt.set(sid, Math.min(now, endedAt.get(sid) ?? now))
      const standing = standings.get(sid)
      return standing && early(page, standing, event.reason)
    }
    if (event.type === 'identity-changed') shown.delete(page)
    if (event.type !== 'signed-in' && event.type !== 'restored' && event.type !== 'adopted') return undefined
    const sinceMs = now - (endedAt.get(sid) ?? now)
    // One that hung hears in its order what it has missed, the end last.
    if (sinceMs > LEAVING_MS && !page.isBusy) {
      return { invariant: 'I9', what: `page ${page.id} is back ${sinceMs} ms after the end` }
    }
    if (event.type === 'signed-in') newestActivityAt = now
    if (!standings.has(sid)) standings.set(sid, { signedInAt: now, activeAt: now })
    if (shown.get(page)?.sid !== sid) shown.set(page, { sid, since: now })
    return undefined
  }

  /** A page that shows a session whose end has come, and has the whole time that it was running again, or was given it. */
  function late(): Violation | undefined {
    for (const [page, { sid, since }] of shown) {
      const standing = standings.get(sid)
      if (!standing || !isRunning(page)) continue
      const lateMs = timeline.now - Math.max(endOf(standing), page.runningSince, since)
      // Who has heard of a later sign-in waits for its tokens, and shows nothing of this one.
      if (lateMs > LATE_MS && isNewest(sid))
        return { invariant: 'I9', what: `page ${page.id} is still signed in ${lateMs} ms too late` }
    }
    return undefined
  }

  return {
    hear,
    late,
    /** Someone signs in: the server knows this session by `family`. */
    signsIn: (family: number) => void loggedInAt.set(family, timeline.now),
    /** The same, where it is known by which name the pages know it. */
    begins(sid: string): void {
      standings.set(sid, { signedInAt: timeline.now, activeAt: timeline.now })
      newestActivityAt = timeline.now
    },
    /** Someone is active in the page, which counts unless its session is over. */
    acts(page: Page): void {
      const standing = standings.get(shown.get(page)?.sid ?? '')
      if (!standing || !page.manager.isAuthenticated()) return
      standing.activeAt = timeline.now
      newestActivityAt = timeline.now
    },
    /** A token of the family leaves. */
    leaves(family: number, at: number): Violation | undefined {
      const signedInAt = loggedInAt.get(family)
      if (signedInAt === undefined) return undefined
      const lateMs = at - endOf({ signedInAt, activeAt: newestActivityAt })
      return lateMs > LEAVING_MS ? { invariant: 'I9', what: `a token leaves ${lateMs} ms too late` } : undefined
    },
    /** The clock is about to be set. Every page that runs looks at it before. */
    clockIsSet(byMs: number): void {
      for (const page of pages) if (isRunning(page)) page.manager.getSnapshot()
      aheadMs += Math.max(0, byMs)
      if (byMs >= 0) return
      const isAway = pages.some(({ life }) => life === 'frozen' || life === 'cached')
      // What is under way when the clock is set back again counts as older than it is. So does what a page finds that lay
      // there meanwhile: nothing in a record tells from between which steps it is.
      if (isAway || timeline.now - newestActivityAt < UNDER_WAY_MS) aheadMs += setBackMs
      setBackMs -= byMs
      if (isAway) setBackUnseenMs -= byMs
    },
    /** A page opens. If it is alone, it can not know more of the time than the ledger and the clock say. */
    opens(): void {
      const { at, text } = machine.storage.newest()
      if (text === null || pages.some((page) => isRunning(page) || page.life === 'frozen')) return
      const { writtenAt } = JSON.parse(text)
      const seenMs = Math.max(0, machine.wallNow() - writtenAt)
      unseenMs += Math.max(0, timeline.now - at - seenMs)
    },
  }
}

export type LimitWitness = ReturnType<typeof createLimitWitness>
