import { expect, it } from 'vitest'
import { transition } from '../../src/session/reducer.ts'
import { createUnauthorizedBackoff } from '../../src/session/unauthorized-backoff.ts'
import { aLedger, MINUTE, NOON, SECOND, signedIn } from '../support/sessions.ts'

const at = (url: string, method = 'GET', sid = 's') => ({ granted: { sid }, method, url })
const refused = at('https://api.example/order')
const calm = aLedger()
const wary = aLedger({ unauthorizedAt: NOON })

it('scenario 49: a refresh is allowed at first, and 5 minutes after one that changed nothing', () => {
  const backoff = createUnauthorizedBackoff()
  expect(backoff.allowsRefresh(refused, undefined, NOON)).toBe(true)
  expect(backoff.allowsRefresh(refused, calm, NOON)).toBe(true)
  expect(backoff.allowsRefresh(refused, wary, NOON + 5 * MINUTE - 1)).toBe(false)
  expect(backoff.allowsRefresh(at('https://api.example/other'), wary, NOON)).toBe(false)
  expect(backoff.allowsRefresh(refused, wary, NOON + 5 * MINUTE)).toBe(true)
})

it('scenario 49: an address that has accepted the token since may have a refresh, whatever its query', () => {
  const backoff = createUnauthorizedBackoff()
  backoff.accepted(at('https://api.example/ward?page=1#top'), wary, NOON)
  expect(backoff.allowsRefresh(at('https://api.example/ward?page=2'), wary, NOON)).toBe(true)
  expect(backoff.allowsRefresh(at('https://api.example/ward', 'POST'), wary, NOON)).toBe(false)
  expect(backoff.allowsRefresh(refused, wary, NOON)).toBe(false)
})

it('an address that accepted the token before the backoff has shown nothing', () => {
  const backoff = createUnauthorizedBackoff()
  backoff.accepted(refused, calm, NOON)
  expect(backoff.allowsRefresh(refused, wary, NOON)).toBe(false)
})

it('an address that accepted the token during one backoff has shown nothing in the next', () => {
  const backoff = createUnauthorizedBackoff()
  backoff.accepted(refused, wary, NOON)
  backoff.refusedFresh(refused, wary, NOON + 6 * MINUTE)
  const next = aLedger({ unauthorizedAt: NOON + 6 * MINUTE })
  expect(backoff.allowsRefresh(refused, next, NOON + 6 * MINUTE)).toBe(false)
})

it('an address that accepts and refuses in turn loses only its own place, and for good', () => {
  const backoff = createUnauthorizedBackoff()
  const [ward, flaky] = [at('https://api.example/ward'), at('https://api.example/flaky')]
  backoff.accepted(ward, wary, NOON)
  backoff.accepted(flaky, wary, NOON)
  backoff.refusedFresh(flaky, wary, NOON)
  expect([ward, flaky].map((request) => backoff.allowsRefresh(request, wary, NOON))).toEqual([true, false])
  backoff.accepted(flaky, wary, NOON)
  expect(backoff.allowsRefresh(flaky, wary, NOON)).toBe(false)
})

it('another sign-in is not held back', () => {
  const backoff = createUnauthorizedBackoff()
  expect(backoff.allowsRefresh(at(refused.url, 'GET', 'another'), wary, NOON)).toBe(true)
})

it('however many addresses there are, it remembers 200', () => {
  const backoff = createUnauthorizedBackoff()
  for (let n = 0; n < 1_000; n++) backoff.accepted(at(`https://api.example/${n}`), wary, NOON)
  const remembered = Array.from({ length: 1_000 }, (_, n) => at(`https://api.example/${n}`)).filter((request) =>
    backoff.allowsRefresh(request, wary, NOON),
  )
  expect(remembered).toHaveLength(200)
})

it('scenario 49: a fresh token that gets a 401 is told to all tabs, once a second', () => {
  const [state, effects] = transition(signedIn(), { type: 'unauthorized', sid: 's', now: NOON })
  expect(state.ledger).toEqual(wary)
  expect(effects).toEqual([{ type: 'publish', tokens: false }, { type: 'write-ledger' }])
  expect(transition(state, { type: 'unauthorized', sid: 's', now: NOON + SECOND - 1 })).toEqual([state, []])
  const [later] = transition(state, { type: 'unauthorized', sid: 's', now: NOON + SECOND })
  expect(later.ledger?.unauthorizedAt).toBe(NOON + SECOND)
})

it('a 401 to the token of an earlier sign-in holds nothing back', () => {
  const state = signedIn()
  expect(transition(state, { type: 'unauthorized', sid: 'earlier', now: NOON })).toEqual([state, []])
})
