import type { TokenManagerError } from '../../packages/sdk/src/errors.ts'
import type { Violation } from './violation.ts'
import type { Call, World } from './world/world.ts'

/** An attempt that was open is given up after a minute, and the longest pause between two is another. */
const RECOVERY_MS = 135_000
const SLOW_MS = 2_000

/** I3, the other half: where nothing is wrong any more, who waits for a token gets one. */
export function createLivenessWitness(world: World) {
  const { machine, network, timeline } = world
  let healthySince = timeline.now

  /** It fell asleep with its request under way, and nobody else can know what became of that. */
  const hasHostage = () =>
    world.refreshes.some(({ page: { life }, isRevoked }) => (life === 'frozen' || life === 'cached') && !isRevoked)

  return {
    /** After each step. */
    look(): void {
      const { faults, down, latencyMs } = network.conditions
      const isHealthy = machine.online && !down && faults.length === 0 && latencyMs <= SLOW_MS
      if (!isHealthy || world.pages.some(({ isBusy }) => isBusy)) healthySince = timeline.now
    },
    judge({ page, startedAt, settledAt, error, isForced }: Call): Violation | undefined {
      // Where the newest tokens are gone with their page there is no newer one to be had.
      if (isForced || machine.locks.leakRatio > 0) return undefined
      if ((error as TokenManagerError | undefined)?.code !== 'refresh_unavailable') return undefined
      const since = Math.max(healthySince, page.runningSince)
      if (settledAt === undefined || startedAt - since < RECOVERY_MS) return undefined
      if (hasHostage()) return undefined
      const what = `a call of page ${page.id} gets no token although nothing has been wrong for ${startedAt - since} ms`
      return { invariant: 'I3', what }
    },
  }
}

export type LivenessWitness = ReturnType<typeof createLivenessWitness>
