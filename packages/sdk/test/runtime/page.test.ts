import { expect, it } from 'vitest'
import { createPage } from '../../src/runtime/page.ts'

it('a page that is left is away and asleep until it comes back', () => {
  const page = createPage()
  page.setAway(true)
  expect([page.isAway, page.isAsleep, page.isInactive()]).toEqual([true, true, true])
  page.setAsleep(false)
  expect([page.isAway, page.isAsleep]).toEqual([true, false])
  page.setAway(false)
  expect([page.isAway, page.isAsleep, page.isInactive()]).toEqual([false, false, false])
})

it('a page that is done with is inactive, and does not sleep', () => {
  const page = createPage()
  page.close()
  expect([page.isInactive(), page.isAsleep, page.closing.aborted]).toEqual([true, false, true])
})

it('a page receives while what takes in a message runs, also if that fails', () => {
  const page = createPage()
  const seen: boolean[] = []
  page.receive(() => seen.push(page.isReceiving))
  expect(() =>
    page.receive(() => {
      throw new Error('broken')
    }),
  ).toThrow('broken')
  expect([seen, page.isReceiving]).toEqual([[true], false])
})
