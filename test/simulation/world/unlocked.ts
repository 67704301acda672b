import type { Candidacy, Claims, Ports } from '../../../packages/sdk/src/ports.ts'
import type { Dice, Timeline } from './timeline.ts'

/** How long an election takes, and how often those who are not leader try again, as with `broadcast-channel`. */
const ELECTION_MS = 310
const FALLBACK_MS = 3_000
/** How often two elections at the same moment miss each other. */
const MISS_RATIO = 0.1

/** What an election has to know of a page, and to do in it. */
export interface Voter {
  isGone(): boolean
  /** Hears messages: it is not gone, cached or busy. */
  hears(): boolean
  /** Timers fire in it. */
  runs(): boolean
  deliver(task: () => void): void
}

interface Candidate {
  voter: Voter
  onElected(): void
  isLeader: boolean
  isDead: boolean
}

/** What stands in for Web Locks where the browser has none: an election, as well as it goes, and claims in a database. */
export interface Unlocked {
  elect(voter: Voter, onElected: () => void): Candidacy
  /** What the database says in the end; it is for the page to let that in. */
  claim(...wanted: Parameters<Claims['claim']>): (settle: (number: number | undefined) => void) => void
}

export function createUnlocked(timeline: Timeline, dice: Dice, wallNow: () => number): Unlocked {
  const candidates = new Set<Candidate>()
  const claims = new Map<string, number>()
  let isPolling = false

  const leaders = () => [...candidates].filter(({ isLeader, voter }) => isLeader && voter.hears())

  function lead(candidate: Candidate): void {
    candidate.isLeader = true
    candidate.voter.deliver(() => candidate.isDead || candidate.onElected())
  }

  /** One that hung is leader still when it goes on; each leader that hears of another dies, and stands anew. */
  function endDuplicates(): void {
    const several = leaders()
    if (several.length < 2) return
    for (const leader of several) {
      leader.isDead = true
      candidates.delete(leader)
    }
  }

  function vote(): void {
    endDuplicates()
    if (leaders().length > 0) return
    const elected = dice.pick([...candidates].filter(({ isLeader, voter }) => !isLeader && voter.runs()))
    if (elected) lead(elected)
  }

  function poll(): void {
    for (const candidate of candidates) if (candidate.voter.isGone()) candidates.delete(candidate)
    isPolling = candidates.size > 0
    if (!isPolling) return
    vote()
    timeline.after(FALLBACK_MS * (0.9 + dice.next() / 5), poll)
  }

  function decide(...[name, first, lastsMs]: Parameters<Claims['claim']>): number | undefined {
    for (let number = first; ; number++) {
      const expiresAt = claims.get(`${name}:${number}`)
      if (expiresAt === undefined) {
        claims.set(`${name}:${number}`, wallNow() + lastsMs)
        return number
      }
      const leftMs = expiresAt - wallNow()
      if (leftMs > 0 && leftMs < 2 * lastsMs) return undefined
    }
  }

  const databaseMs = () => dice.next() * (dice.chance(0.95) ? 5 : 200)

  return {
    elect(voter, onElected) {
      const candidate: Candidate = { voter, onElected, isLeader: false, isDead: false }
      candidates.add(candidate)
      timeline.after(ELECTION_MS, () => {
        if (!candidates.has(candidate) || candidate.isLeader || !voter.runs()) return
        if (leaders().length === 0 || dice.chance(MISS_RATIO)) lead(candidate)
      })
      if (!isPolling) poll()
      return {
        isDead: () => candidate.isDead,
        resign() {
          candidate.isDead = true
          candidates.delete(candidate)
          if (candidate.isLeader) timeline.after(ELECTION_MS, vote)
        },
      }
    },
    claim:
      (...wanted) =>
      (settle) => {
        timeline.after(databaseMs(), () => {
          const claimed = decide(...wanted)
          timeline.after(databaseMs(), () => settle(claimed))
        })
      },
  }
}

export interface UnlockedPage {
  id: number
  unlocked: Unlocked
  voter: Voter
  call<T>(start: (settle: (value: T) => void) => void): Promise<T>
}

/** The ports of a page without Web Locks, in place of those with them. */
export function withoutLocks(ports: Ports, { id, unlocked, voter, call }: UnlockedPage): Ports {
  return {
    ...ports,
    claims: { claim: (...wanted) => call(unlocked.claim(...wanted)) },
    // They hold within the page.
    lock: {
      request: (name, request, run) => ports.lock.request(`${id}/${name}`, request, run),
      count: async () => undefined,
    },
    tabs: { ...ports.tabs, elect: (onElected) => unlocked.elect(voter, onElected) },
  }
}
