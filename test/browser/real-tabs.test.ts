import { test as base, expect } from 'vitest'
import { bundle } from './support/bundle.ts'
import { type ChromiumOptions, type RealChromium, startChromium } from './support/chromium.ts'
import { createOrigin } from './support/origin.ts'
import { eventsOf, eventTypesOf, eventually, settle, signIn, snapshotOf } from './support/session.ts'

const FOCUS_CHANGES = 20

/** A Chromium whose pages are shown and hidden as a user's are. */
const test = base
  .extend('origin', async ({ skip: _ }, { onCleanup }) => {
    const origin = await createOrigin({ script: await bundle(), server: { reuse: 'strict' } })
    onCleanup(() => origin.close())
    return origin
  })
  .extend('start', async ({ skip }, { onCleanup }) => {
    const running: RealChromium[] = []
    onCleanup(async () => void (await Promise.all(running.map((chromium) => chromium.close()))))
    return async (options?: ChromiumOptions) => {
      const chromium = await startChromium(options)
      if (chromium === undefined) return skip('there is no Chromium')
      running.push(chromium)
      return chromium.profile
    }
  })

test('scenario 21: 20 focus changes without a state change: no event', async ({ start, origin }) => {
  const profile = await start()
  const page = await profile.newPage()
  await page.goto(origin.url)
  const elsewhere = await profile.newPage()
  await page.bringToFront()
  await settle(page, origin)
  await signIn(page)
  const changes = await page.evaluateHandle(() => {
    const counts = { visibility: 0, told: [] as unknown[] }
    document.addEventListener('visibilitychange', () => {
      counts.visibility += 1
    })
    app.tokens.subscribe(() => counts.told.push(app.tokens.getSnapshot()))
    app.tokens.onEvent((event) => counts.told.push(event))
    return counts
  })
  const before = await snapshotOf(page)
  for (let change = 1; change <= FOCUS_CHANGES; change++) {
    await (change % 2 ? elsewhere : page).bringToFront()
    await eventually(async () => expect(await changes.jsonValue()).toMatchObject({ visibility: change }))
  }

  expect(await changes.jsonValue()).toEqual({ visibility: FOCUS_CHANGES, told: [] })
  expect(await eventTypesOf(page)).toEqual([])
  expect(await snapshotOf(page)).toEqual(before)
  expect(origin.qa.counts().endpoints.refresh.requests).toBe(0)
})

test('scenario 20: a user who blocks all cookies and site data: it works in memory, and says so', async ({
  start,
  origin,
}) => {
  const profile = await start({ preferences: { profile: { default_content_setting_values: { cookies: 2 } } } })
  const page = await profile.newPage()
  await page.goto(origin.url)
  expect(await page.evaluate(() => app.outcomes([Promise.resolve().then(() => localStorage.length)]))).toEqual({
    SecurityError: 1,
  })
  await settle(page, origin)
  await signIn(page, { lifetime: 'over' })
  expect(await page.evaluate(() => app.outcomes([app.patients(), app.patients()]))).toEqual({ 200: 2 })
  expect(await snapshotOf(page)).toMatchObject({ status: 'active', generation: 2 })
  expect(origin.qa.counts()).toMatchObject({ endpoints: { refresh: { requests: 1 } }, reuseEvents: 0 })
  const events = await eventsOf(page)
  const told = events.flatMap((event) => (event.type === 'capability-degraded' ? [event.capability] : []))
  expect(told).toContain('storage')
})
