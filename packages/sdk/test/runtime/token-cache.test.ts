import { expect, it } from 'vitest'
import { createTokenCache } from '../../src/runtime/token-cache.ts'
import { DEFAULT_POLICY } from '../../src/session/policy.ts'
import { createFakeClock } from '../support/clock.ts'
import { aSession, HOUR, MINUTE, NOON, SECOND } from '../support/sessions.ts'

const never = Number.POSITIVE_INFINITY

function create() {
  const clock = createFakeClock()
  return { clock, cache: createTokenCache(clock, DEFAULT_POLICY.refreshLead) }
}

it('hands out one and the same settled promise', async () => {
  const { cache } = create()
  const session = aSession()
  cache.update(session, never)
  expect(await cache.get()).toBe(session.accessToken)
  const promise = cache.get()
  cache.update(session, never)
  expect(cache.get()).toBe(promise)
})

it('gives nothing as soon as the token is too old', () => {
  const { clock, cache } = create()
  cache.update(aSession(), never)
  clock.sleep(15 * MINUTE - 5 * SECOND - 1)
  expect(cache.get()).toBeDefined()
  clock.sleep(1)
  expect(cache.get()).toBeUndefined()
})

it('scenario 30: gives nothing after a limit', () => {
  const { clock, cache } = create()
  cache.update(aSession(), NOON + MINUTE)
  clock.sleep(MINUTE)
  expect(cache.get()).toBeUndefined()
})

it('gives the new token, and nothing where there is none', async () => {
  const { cache } = create()
  cache.update(aSession(), never)
  const next = aSession({ generation: 2 })
  cache.update(next, never)
  expect(await cache.get()).toBe(next.accessToken)
  const { accessToken: _, ...inCookie } = next
  cache.update(inCookie, never)
  expect(cache.get()).toBeUndefined()
  cache.update(next, never)
  cache.update(undefined, never)
  expect(cache.get()).toBeUndefined()
})

it('scenario 14: does not believe a clock that was set back', () => {
  const { clock, cache } = create()
  cache.update(aSession(), never)
  clock.setWall(-HOUR)
  expect(cache.get()).toBeUndefined()
  cache.update(aSession(), never)
  expect(cache.get()).toBeDefined()
  clock.sleep(15 * MINUTE - 5 * SECOND)
  expect(cache.get()).toBeUndefined()
})
