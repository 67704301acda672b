import { expect } from 'vitest'
import { eventually, snapshotOf } from './session.ts'
import type { Visit } from './test.ts'

/** Lets time pass for page and server, with pauses in which what the network has to do gets done. */
export async function advance({ page, origin }: Visit, ms: number, stepMs: number): Promise<void> {
  for (let passedMs = 0; passedMs < ms; passedMs += stepMs) {
    origin.clock.aheadMs += stepMs
    await page.clock.fastForward(stepMs)
    await eventually(async () => expect(await snapshotOf(page)).toMatchObject({ refreshing: false }))
  }
}

/** As when a laptop sleeps: timers that were due meanwhile fire once, late. */
export async function sleep({ page, origin }: Visit, ms: number): Promise<void> {
  origin.clock.aheadMs += ms
  await page.clock.fastForward(ms)
}

/** Sets the wall clock of the page, and nothing else, `aheadMs` ahead. */
export function setWallClock(aheadMs: number): void {
  const { now } = Date
  const off = globalThis as { wallClockAheadMs?: number }
  const isSet = off.wallClockAheadMs !== undefined
  off.wallClockAheadMs = aheadMs
  if (!isSet) Date.now = () => now() + (off.wallClockAheadMs ?? 0)
}
