import type { SessionEvent } from '../../packages/sdk/src/types.ts'
import { isLost, type Witness } from './invariants.ts'
import type { Violation } from './violation.ts'
import type { Page } from './world/page.ts'
import type { World } from './world/world.ts'

export interface EndParts {
  world: World
  witness: Witness
  /** Tokens are in the memory of pages alone. */
  isForgetful: boolean
  /** The newest tokens of a session may have been lost with the page that stored them. */
  mayBeLost?(sid: string): boolean
}

/**
 * I2: nobody is signed out without a reason. A limit has a witness of its own; else a user has done it, or the endpoint
 * has refused a refresh token after an answer was lost, or all pages that had the newest tokens are gone. And never by the
 * rejection of a generation that there was a newer one of.
 */
export function createEndWitness({ world, witness, isForgetful, mayBeLost = () => false }: EndParts) {
  const { seen } = world.server
  const refused = new Set<string>()
  /** The newest generation that a page has had of a session. */
  const newest = new Map<string, number>()

  /** Of families up to this one no page may know any more how far they have come, or whether they live. */
  let newestForgotten = 0

  function isExcused(sid: string): boolean {
    if (mayBeLost(sid) || witness.cleared.has(sid)) return true
    if (!refused.has(sid)) return isForgetful
    const rejected = new Set(seen.refreshes.filter(({ verdict }) => verdict === 'rejected').map(({ family }) => family))
    const hasGap = seen.refreshes.some((one) => rejected.has(one.family) && (isLost(one) || one.verdict === 'graced'))
    const isRevoked = [...witness.signedOut.keys()].some((family) => rejected.has(family))
    const isForgotten = [...rejected].some((family) => family <= newestForgotten)
    return isForgotten || hasGap || isRevoked || seen.unknown > 0
  }

  return {
    /** From now on nobody can know what was before. */
    forget(): void {
      newestForgotten = world.server.newestFamily
    },
    hear(page: Page, event: SessionEvent): Violation | undefined {
      const { type, sid = '', generation = 0 } = event
      const name = `${page.id} ${sid}`
      const had = newest.get(name) ?? 0
      newest.set(name, Math.max(had, generation))
      if (type === 'refresh-failed' && event.final) refused.add(sid)
      if (type !== 'signed-out') return undefined
      const wrong = (what: string): Violation => ({ invariant: 'I2', what: `page ${page.id} is signed out ${what}` })
      if (event.reason === 'user') return witness.endedByUser.has(sid) ? undefined : wrong('by no user')
      if (!event.reason.startsWith('refresh-')) return undefined
      if (generation < had) return wrong(`(${event.reason} at ${generation}) although it has had ${had}`)
      return world.machine.locks.leakRatio > 0 || isExcused(sid)
        ? undefined
        : wrong(`(${event.reason}) although no answer was lost`)
    },
  }
}
