import { expect, it } from 'vitest'
import { bearer, listenTestServer } from '../support/test-server.ts'
import { statusesOf } from './support.ts'

it('other requests of a session count together, and separately from its refreshes', async () => {
  const { signIn, get, post, reasonFor } = await listenTestServer({ rateLimit: { maxRequests: 5 } })
  const [mine, other] = [await signIn(), await signIn()]
  const headers = bearer(mine.access)
  const ways = [
    () => get('/auth/me', headers),
    () => get('/api/token/sessions', headers),
    () => get('/api/token/session-stats/amara', headers),
    () => post('/api/token/validate', undefined, headers),
    () => post('/api/token/auto-refresh', { refreshToken: mine.refresh }, headers),
  ]
  expect(await statusesOf(ways)).toEqual([200, 200, 200, 200, 200])
  expect(await statusesOf(ways)).toEqual([429, 429, 429, 429, 429])
  expect(await reasonFor(mine.refresh)).toBe('ok')
  expect(await statusesOf([() => get('/auth/me', bearer(other.access))])).toEqual([200])
})

it('the ward, the health and sign-outs are not counted', async () => {
  const { signIn, patients, get, post, send } = await listenTestServer({ rateLimit: { maxRequests: 1 } })
  const { access, refresh } = await signIn()
  const ward = () => patients(access)
  const health = () => get('/api/token/health')
  const signOut = () => post('/auth/logout', { refresh })
  const end = () => send('/api/token/sessions/none', { method: 'DELETE', headers: bearer(access) })
  expect(await statusesOf([ward, ward, ward, health, health, end, end, signOut, signOut])).not.toContain(429)
})
