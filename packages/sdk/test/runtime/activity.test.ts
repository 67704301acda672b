import { expect, it } from 'vitest'
import { watchActivity } from '../../src/runtime/activity.ts'
import { createFakeClock } from '../support/clock.ts'
import { createFakePage } from '../support/ports.ts'
import { SECOND } from '../support/sessions.ts'

it('tells of activity at once, then at most once a second, until it is stopped', async () => {
  const clock = createFakeClock()
  const page = createFakePage()
  let told = 0
  const stop = watchActivity({ clock, environment: page, media: false, onActive: () => ++told > 0 })
  for (let i = 0; i < 10; i++) page.act()
  expect(told).toBe(1)
  await clock.run(SECOND - 1)
  page.act()
  expect(told).toBe(1)
  await clock.run(1)
  page.act()
  expect(told).toBe(2)
  stop()
  await clock.run(SECOND)
  page.act()
  expect(told).toBe(2)
})

it('of what does not count yet, tells until it does', () => {
  const page = createFakePage()
  let counts = false
  let told = 0
  const onActive = () => {
    told++
    return counts
  }
  watchActivity({ clock: createFakeClock(), environment: page, media: false, onActive })
  page.act()
  counts = true
  for (let times = 0; times < 3; times++) page.act()
  expect(told).toBe(2)
})
