import { describe, expect } from 'vitest'
import { advance } from './support/clock.ts'
import {
  attemptsPerKey,
  eventsOf,
  refreshRequests,
  settle,
  signIn,
  snapshotOf,
  untilSession,
} from './support/session.ts'
import { test } from './support/test.ts'

const MINUTE_MS = 60_000
const HOUR_MS = 60 * MINUTE_MS
const policy = { jitterRatio: 0, idleTimeoutMs: 15 * MINUTE_MS, sessionMaxMs: 12.5 * HOUR_MS }

describe.concurrent('limits in a browser', () => {
  test('scenario 28: a 12 h shift with 15 min tokens: about 55 refreshes, no interruption, one login', async ({
    visit,
  }) => {
    const visited = await visit({
      manager: { options: { policy } },
      server: { reuse: 'strict', accessLifetimeMs: 15 * MINUTE_MS, sessionLifetimeMs: 13 * HOUR_MS },
      before: (page) => page.clock.install(),
    })
    const { page, origin } = visited
    await settle(page, origin)
    await signIn(page)
    const outcomes: Array<Record<string, number>> = []
    for (let minutes = 0; minutes < 12 * 60; minutes += 6) {
      await advance(visited, 6 * MINUTE_MS, 2 * MINUTE_MS)
      await page.keyboard.press('Shift')
      outcomes.push(await page.evaluate(() => app.outcomes([app.patients()])))
    }

    expect(outcomes).toEqual(Array(120).fill({ 200: 1 }))
    // Time passes in steps of 2 min here: up to that much later than due.
    const refreshes = refreshRequests(origin)
    expect(refreshes).toBeGreaterThanOrEqual(48)
    expect(refreshes).toBeLessThanOrEqual(56)
    expect(attemptsPerKey(origin.qa.counts())).toEqual(Array(refreshes).fill(1))
    expect(origin.qa.counts()).toMatchObject({ apiUnauthorized: 0, endpoints: { login: { requests: 1 } } })
    expect((await eventsOf(page)).map(({ type }) => type)).not.toContain('idle-warning')
  })

  const acts = {
    'a move of the mouse': 'pointer',
    'a key': 'key',
    'the wheel': 'wheel',
    'a finger': 'touch',
    'a film': 'film',
  } as const

  for (const [name, act] of Object.entries(acts)) {
    test(`scenario 29: ${name} clears the warning`, async ({ visit }) => {
      const { page } = await visit({
        manager: { options: { policy, activity: { media: true } } },
        server: { accessLifetimeMs: 24 * HOUR_MS },
        before: (page) => page.clock.install(),
      })
      await signIn(page)
      await page.clock.fastForward(14 * MINUTE_MS + 1_000)
      await untilSession(page, { status: 'active', idleWarning: true })
      if (act === 'pointer') await page.mouse.move(20, 20)
      else if (act === 'key') await page.keyboard.press('Shift')
      else if (act === 'wheel') await page.mouse.wheel(0, 10)
      else if (act === 'touch') {
        const session = await page.context().newCDPSession(page)
        await session.send('Input.dispatchTouchEvent', { type: 'touchStart', touchPoints: [{ x: 20, y: 20 }] })
      } else
        await page.evaluate(async () => {
          const canvas = document.createElement('canvas')
          const video = document.body.appendChild(document.createElement('video'))
          video.muted = true
          video.srcObject = canvas.captureStream(25)
          setInterval(() => canvas.getContext('2d')?.fillRect(0, 0, Math.random() * 100, 100), 40)
          await video.play()
        })
      await untilSession(page, { status: 'active', idleWarning: false })
    })
  }

  test('scenario 29: a film is nothing where it is not asked for', async ({ visit }) => {
    const { page } = await visit({
      manager: { options: { policy } },
      server: { accessLifetimeMs: 24 * HOUR_MS },
      before: (page) => page.clock.install(),
    })
    await signIn(page)
    await page.evaluate(() => {
      const video = document.body.appendChild(document.createElement('video'))
      Object.defineProperty(video, 'paused', { value: false })
      setInterval(() => video.dispatchEvent(new Event('timeupdate')), 1_000)
    })
    await page.clock.runFor(14 * MINUTE_MS + 1_000)
    expect(await snapshotOf(page)).toMatchObject({ status: 'active', idleWarning: true })
  })
})
