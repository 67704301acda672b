import type { Ledger, SessionEvent } from '../../packages/sdk/src/types.ts'
import { familyOf, type Violation } from './violation.ts'
import type { Page } from './world/page.ts'
import type { World } from './world/world.ts'

interface Rivals {
  families: readonly number[]
  pages: readonly Page[]
}

/** Until then all tabs have heard that somebody is about to sign in. */
const HEARD_MS = 1_000

/**
 * I10: of each session that ended the endpoint is told, or it is told that it is not; and it is told of no other. Where the
 * endpoint is away for a while, and somebody signs in before it is back. Of two sign-ins at once only one session lives on.
 */
export function createRevocationWitness(world: World) {
  const { server, machine, network } = world
  const familyBySid = new Map<string, number>()
  const ended = new Set<number>()
  /** Somebody signed in over them: that is their end where the page had their tokens. */
  const replaced = new Set<number>()
  const endedIn = new Map<number, Page[]>()
  const lost = new Set<string>()
  /** Two that began at once, and who began them. */
  const rivals: Rivals[] = []
  /** These, and what they replaced: the pages of a loser may be gone unheard. */
  const crowded = new Set<number>()
  /** The ledger remembers eight sessions that are owed. */
  const isFull = () => rivals.length > 2

  /** Before the first refresh nobody has told a page what the server calls the session. */
  function lose(sessionId: string | undefined): void {
    if (sessionId !== undefined) lost.add(sessionId)
    else for (const [sid, family] of familyBySid) if (sid.startsWith('login-')) lost.add(`session ${family}`)
  }

  const readLedger = () => JSON.parse(machine.storage.newest().text ?? '{}')

  function isHeld(family: number): boolean {
    const ledger = readLedger()
    return ledger.revocationStopped === 'held' && ledger.sessionId === `session ${family}`
  }

  /** Who ended it is gone, and the ledger says that it is to be made up for: the next page that opens does, or tells. */
  function isOwed(family: number): boolean {
    const { sid, revocationPending, generation, owed = [] }: Ledger = readLedger()
    // The server has not said yet what it calls the session that came next: that one may go on under the same name.
    const isNameless = generation === 0
    if (isNameless && owed.some((each) => each.sessionId === `session ${family}` && !each.settled)) return true
    const isPending = familyBySid.get(sid) === family && revocationPending === true
    return isPending && (endedIn.get(family) ?? []).every(({ life }) => life === 'gone')
  }

  function name({ manager }: Page, family: number): void {
    const sid = manager.getEvents().findLast(({ type }) => type === 'signed-in')?.sid
    if (sid !== undefined) familyBySid.set(sid, family)
  }

  const isOver = (family: number) => !server.isAlive(family) || lost.has(`session ${family}`)
  /** The pages went on with it, or somebody ended it. */
  const isMeant = (family: number) => !server.seen.revoked.includes(family) || ended.has(family) || replaced.has(family)
  const isLoser = (family: number) =>
    rivals.some(
      ({ families }) => families.includes(family) && families.some((other) => other !== family && isMeant(other)),
    )
  const isKnown = ({ pages }: Rivals) => pages.every(({ life }) => life !== 'gone')

  return {
    turnDeaf(): string {
      network.conditions.isLogoutDown = !network.conditions.isLogoutDown
      return network.conditions.isLogoutDown
        ? 'the endpoint hears of no sign-out'
        : 'the endpoint hears of sign-outs again'
    },
    /** What an app does before it sends a login form. */
    async begins({ manager }: Page): Promise<void> {
      manager.beginSignIn()
      await world.run(HEARD_MS)
    },
    /** The server has granted a session, and the page is about to be given it. */
    signsIn({ manager }: Page): void {
      const family = familyBySid.get(readLedger().sid)
      if (!family) return
      replaced.add(family)
      if (manager.isAuthenticated()) ended.add(family)
    },
    signedIn(page: Page): void {
      name(page, familyOf(page.manager.peekAccessToken()))
    },
    hear(page: Page, { type, sid = '', ...event }: SessionEvent): void {
      if (page.life === 'gone') return
      // Also where the server has signed somebody in, who is signed out before the page has refreshed.
      const isFirst = type === 'restored' || type === 'signed-in' || type === 'signed-out'
      if (isFirst && !familyBySid.has(sid)) {
        const family = server.familyOf(machine.cookie.value)
        if (family !== undefined) familyBySid.set(sid, family)
      }
      if (type === 'revocation-lost') lose('sessionId' in event ? String(event.sessionId) : undefined)
      const isEnd = 'reason' in event && ['user', 'idle', 'session-limit'].includes(event.reason)
      const family = familyBySid.get(sid)
      if (!isEnd || !family) return
      ended.add(family)
      endedIn.set(family, [...(endedIn.get(family) ?? []), page])
    },
    /** Two pages sign in at the same moment, with tokens in the body. */
    async signInTwice(first: Page, second: Page): Promise<void> {
      crowded.add(familyBySid.get(readLedger().sid) ?? 0)
      this.signsIn(first)
      this.signsIn(second)
      const before = server.newestFamily
      for (const family of [before + 1, before + 2]) crowded.add(family)
      const signIns = [world.signIn(first, 'amara'), world.signIn(second, 'amara')]
      rivals.push({ families: [before + 1, before + 2], pages: [first, second] })
      await Promise.all(signIns)
      name(first, before + 1)
      name(second, before + 2)
    },
    judge(): Violation | undefined {
      const twice = rivals.find((each) => each.families.every((family) => !isOver(family)) && isKnown(each))
      if (twice) {
        const what = `sessions ${twice.families.join(' and ')} began at once, both live on, and nobody says so`
        return { invariant: 'I10', what }
      }
      const innocent = server.seen.revoked.find(
        (family) => !ended.has(family) && !replaced.has(family) && !isLoser(family),
      )
      if (innocent !== undefined)
        return { invariant: 'I10', what: `session ${innocent} is revoked, which nobody ended` }
      const untold = [...ended].find(
        (family) =>
          !isFull() &&
          !crowded.has(family) &&
          server.isAlive(family) &&
          !lost.has(`session ${family}`) &&
          !isHeld(family) &&
          !isOwed(family),
      )
      if (untold === undefined) return undefined
      return { invariant: 'I10', what: `session ${untold} has ended, the endpoint was not told, and nobody says so` }
    },
  }
}

export type RevocationWitness = ReturnType<typeof createRevocationWitness>
