import { expect, it } from 'vitest'
import { createTestServer, MINUTE_MS } from '../support/test-server.ts'

const HOUR_MS = 60 * MINUTE_MS

it('without rotation a refresh gives the same refresh token and a new access token', async () => {
  const { signIn, rotate, patients, server } = createTestServer({ rotate: false, qa: true })
  const first = await signIn()
  const second = await rotate(first.refresh, 'one')
  const third = await rotate(first.refresh, 'another')
  expect([second.refresh, third.refresh]).toEqual([first.refresh, first.refresh])
  expect(second.access).not.toBe(first.access)
  expect((await patients(third.access)).status).toBe(200)
  expect(server.qa?.counts()).toMatchObject({ refreshes: { ok: 2, rejected: 0 }, reuseEvents: 0 })
})

it('without rotation a refresh does not extend the refresh token', async () => {
  const { signIn, reasonFor, clock } = createTestServer({ rotate: false, refreshLifetimeMs: HOUR_MS })
  const { refresh } = await signIn()
  clock.now += HOUR_MS - 1
  expect(await reasonFor(refresh)).toBe('ok')
  clock.now += 1
  expect(await reasonFor(refresh)).toBe('expired')
})

it('without rotation a sign-out ends the session', async () => {
  const { signIn, post, reasonFor } = createTestServer({ rotate: false })
  const { refresh } = await signIn()
  await post('/auth/logout', { refresh })
  expect(await reasonFor(refresh)).toBe('revoked')
})
