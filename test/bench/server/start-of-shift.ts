import { DEFAULT_POLICY } from '../../../packages/sdk/src/session/policy.ts'
import { refreshTime } from '../../../packages/sdk/src/session/refresh-time.ts'
import { createDice } from '../../simulation/world/timeline.ts'
import type { Reading } from '../reading.ts'

const BROWSERS = 5_000
const MINUTE_MS = 60_000
const SIGN_INS_WITHIN_MS = MINUTE_MS
const LIFETIME_MS = 15 * MINUTE_MS
const SHIFT_MS = 12 * 60 * MINUTE_MS
export const BIN_MS = 10_000

export interface Shift {
  /** Refreshes in each ten seconds of the shift. */
  bins: readonly number[]
  /** The same, without the first refresh of each browser. */
  fromTheSecond: readonly number[]
}

/** When 5,000 browsers that sign in within one minute refresh in the 12 hours after, as the SDK decides it. */
export function simulateShift({ spread, seed }: { spread: boolean; seed: number }): Shift {
  const dice = createDice(seed)
  const policy = spread ? DEFAULT_POLICY : { ...DEFAULT_POLICY, jitterRatio: 0 }
  const bins = new Array<number>(SHIFT_MS / BIN_MS).fill(0)
  const fromTheSecond = [...bins]
  const count = (into: number[], at: number) => {
    const bin = Math.floor(at / BIN_MS)
    into[bin] = (into[bin] ?? 0) + 1
  }
  for (let browser = 0; browser < BROWSERS; browser++) {
    let issuedAt = dice.next() * SIGN_INS_WITHIN_MS
    for (let first = true; ; first = false) {
      const random = dice.next()
      issuedAt = refreshTime({ issuedAt, lifetimeMs: LIFETIME_MS, policy, latencyMs: 0, first, random })
      if (issuedAt >= SHIFT_MS) break
      count(bins, issuedAt)
      if (!first) count(fromTheSecond, issuedAt)
    }
  }
  return { bins, fromTheSecond }
}

/** How much the fullest ten seconds hold, against the mean once every browser has refreshed. */
export function fullestAgainstMean({ fromTheSecond }: Shift): number {
  const settled = fromTheSecond.slice((2 * LIFETIME_MS) / BIN_MS)
  const mean = settled.reduce((sum, refreshes) => sum + refreshes, 0) / settled.length
  return Math.max(...fromTheSecond) / mean
}

export const startOfShift = async (): Promise<Reading[]> => {
  const seed = Math.floor(Math.random() * 2 ** 32)
  const [spread, together] = [true, false].map((wanted) => fullestAgainstMean(simulateShift({ spread: wanted, seed })))
  return [
    {
      name: 'Start of a shift, 5,000 browsers: fullest 10 s, against the mean',
      unit: 'x',
      value: spread ?? Number.NaN,
      target: 2,
      judged: 'worst',
    },
    { name: '  without spreading', unit: 'x', value: together ?? Number.NaN },
  ]
}
