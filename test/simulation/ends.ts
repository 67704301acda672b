import type { SessionEvent } from '../../packages/sdk/src/types.ts'
import { isLost, type Witness } from './invariants.ts'
import type { Violation } from './violation.ts'
import type { Page } from './world/page.ts'
import type { World } from './world/world.ts'

export interface EndParts {
  world: World
  witness: Witness
  inCookie: boolean
  /** The session outlives its pages. */
  remembers: boolean
}

/**
 * I2: nobody is signed out without a reason. A limit has a witness of its own; else a user has done it, or the endpoint
 * has refused a refresh token after an answer was lost, or all pages that had the newest tokens are gone.
 */
export function createEndWitness({ world, witness, inCookie, remembers }: EndParts) {
  const { seen } = world.server
  const refused = new Set<string>()

  function isExcused(sid: string): boolean {
    if (!refused.has(sid)) return !inCookie && !remembers
    const rejected = new Set(seen.refreshes.filter(({ verdict }) => verdict === 'rejected').map(({ family }) => family))
    const hasGap = seen.refreshes.some((one) => rejected.has(one.family) && (isLost(one) || one.verdict === 'graced'))
    const isRevoked = [...witness.signedOut.keys()].some((family) => rejected.has(family))
    return hasGap || isRevoked || seen.unknown > 0
  }

  return {
    hear(page: Page, event: SessionEvent): Violation | undefined {
      const { type, sid = '' } = event
      if (type === 'refresh-failed' && event.final) refused.add(sid)
      if (type !== 'signed-out') return undefined
      const wrong = (what: string): Violation => ({ invariant: 'I2', what: `page ${page.id} is signed out ${what}` })
      if (event.reason === 'user') return witness.endedByUser.has(sid) ? undefined : wrong('by no user')
      if (!event.reason.startsWith('refresh-')) return undefined
      return isExcused(sid) ? undefined : wrong(`(${event.reason}) although no answer was lost`)
    },
  }
}

export type EndWitness = ReturnType<typeof createEndWitness>
