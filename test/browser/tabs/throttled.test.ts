import { expect } from 'vitest'
import { eventually, signIn } from '../support/session.ts'
import { test as real, untilEach } from './support/tabs.ts'

const GRACE_S = 5
/** A chain of timers in a page that was hidden for so long fires once a minute; in Chromium as it comes after 5 minutes. */
const test = real.override('flags', [`--enable-features=IntensiveWakeUpThrottling:grace_period_seconds/${GRACE_S}`])

interface Fired {
  /** Timers of the manager. */
  manager: number
  /** Of a chain such as any page may have: what the browser does to it. */
  chain: number
}

declare global {
  var fired: Fired
}

/** Counts the timers that fire. */
function countTimers(): void {
  const plain = globalThis.setTimeout
  const fired: Fired = { manager: 0, chain: 0 }
  globalThis.fired = fired
  Object.assign(globalThis, {
    setTimeout: (run: () => void, ms: number) =>
      plain(() => {
        fired.manager++
        run()
      }, ms),
  })
  const goOn = () => {
    fired.chain++
    plain(goOn, 1_000)
  }
  goOn()
}

test('scenario 29: pages that are hidden for minutes look at their limits each second all the same', async ({
  visit,
}) => {
  const policy = { idleTimeoutMs: 3_600_000 }
  const { newTab, open, address } = await visit({ manager: { options: { policy } } })
  const page = await newTab()
  await page.addInitScript(countTimers)
  await page.goto(address)
  await signIn(page)
  const [front] = await open(1)
  await front?.bringToFront()
  await untilEach([page], { status: 'active' })
  expect(await page.evaluate(() => document.visibilityState)).toBe('hidden')
  // The chain stands still: its grace is over.
  let before = await page.evaluate(() => globalThis.fired)
  await eventually(async () => {
    const former = before
    await new Promise((resolve) => setTimeout(resolve, 3_000))
    before = await page.evaluate(() => globalThis.fired)
    expect(before.chain).toBe(former.chain)
  })
  await eventually(async () => {
    const { manager } = await page.evaluate(() => globalThis.fired)
    expect(manager - before.manager).toBeGreaterThan(8)
  })
  const { chain } = await page.evaluate(() => globalThis.fired)
  expect(chain - before.chain).toBeLessThanOrEqual(1)
})
