import { expect, it } from 'vitest'
import { createUnauthorizedBackoff } from '../../src/decisions/unauthorized-backoff.ts'
import { MINUTE, NOON } from '../support/sessions.ts'

const at = (url: string, method = 'GET', sid = 's') => ({ granted: { sid }, method, url })
const refused = at('https://api.example/order')

function backingOff() {
  const backoff = createUnauthorizedBackoff()
  backoff.refusedFresh(refused, NOON)
  return backoff
}

it('scenario 49: a refresh is allowed at first, and 5 minutes after one that changed nothing', () => {
  expect(createUnauthorizedBackoff().allowsRefresh(refused, NOON)).toBe(true)
  const backoff = backingOff()
  expect(backoff.allowsRefresh(refused, NOON + 5 * MINUTE - 1)).toBe(false)
  expect(backoff.allowsRefresh(at('https://api.example/other'), NOON)).toBe(false)
  expect(backoff.allowsRefresh(refused, NOON + 5 * MINUTE)).toBe(true)
})

it('scenario 49: an address that has accepted the token since may have a refresh, whatever its query', () => {
  const backoff = backingOff()
  backoff.accepted(at('https://api.example/ward?page=1#top'), NOON)
  expect(backoff.allowsRefresh(at('https://api.example/ward?page=2'), NOON)).toBe(true)
  expect(backoff.allowsRefresh(at('https://api.example/ward', 'POST'), NOON)).toBe(false)
  expect(backoff.allowsRefresh(refused, NOON)).toBe(false)
})

it('an address that accepted the token before the backoff has shown nothing', () => {
  const backoff = createUnauthorizedBackoff()
  backoff.accepted(refused, NOON)
  backoff.refusedFresh(refused, NOON)
  expect(backoff.allowsRefresh(refused, NOON)).toBe(false)
})

it('an address that accepts and refuses in turn loses only its own place', () => {
  const backoff = backingOff()
  const [ward, flaky] = [at('https://api.example/ward'), at('https://api.example/flaky')]
  backoff.accepted(ward, NOON)
  backoff.accepted(flaky, NOON)
  backoff.refusedFresh(flaky, NOON)
  expect([ward, flaky].map((request) => backoff.allowsRefresh(request, NOON))).toEqual([true, false])
})

it('another sign-in is not held back', () => {
  expect(backingOff().allowsRefresh(at(refused.url, 'GET', 'another'), NOON)).toBe(true)
})

it('however many addresses there are, it remembers 200', () => {
  const backoff = backingOff()
  for (let n = 0; n < 1_000; n++) backoff.accepted(at(`https://api.example/${n}`), NOON)
  const remembered = Array.from({ length: 1_000 }, (_, n) => at(`https://api.example/${n}`)).filter((request) =>
    backoff.allowsRefresh(request, NOON),
  )
  expect(remembered).toHaveLength(200)
})
