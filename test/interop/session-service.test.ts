import { createRefreshServer, hashPassword, type RefreshServerOptions } from '@token-manager/refresh-server'
import { sessionServiceTransport } from '@token-manager/sdk'
import { expect, onTestFinished, test } from 'vitest'

// A hash that costs next to nothing: signing in is not what is tested here.
const cheap = { ln: 4, r: 1, p: 1 }
const users = await Promise.all(
  ['amara', 'admin'].map(async (username) => ({
    username,
    name: username,
    roles: [username === 'admin' ? 'admin' : 'clinician'],
    passwordHash: await hashPassword(`${username}-pw`, cheap),
  })),
)
const idempotencyKey = 'a-key'
const signal = new AbortController().signal

async function serve(options: RefreshServerOptions = {}) {
  const server = createRefreshServer({ users, ...options })
  onTestFinished(() => server.close())
  const { url } = await server.listen()
  const baseUrl = `${url}/api/token`
  const transport = sessionServiceTransport({ baseUrl, revokeUrl: 'logout' })
  async function signIn(username = 'amara') {
    const answer = await fetch(`${baseUrl}/login`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify({ username, password: `${username}-pw` }),
    })
    const { accessToken = '', refreshToken = '', ...rest } = transport.parse(await answer.json())
    return { accessToken, refreshToken, ...rest }
  }
  return { transport, signIn }
}

test('the sign-in is understood: two hours are two hours, and it is known whose session it is', async () => {
  const { signIn } = await serve({ accessLifetimeMs: 7_200_000 })
  expect(await signIn()).toMatchObject({ accessLifetimeMs: 7_200_000, subject: 'amara' })
})

test('without rotation each refresh is answered with the same refresh token', async () => {
  const { transport, signIn } = await serve({ rotate: false })
  const { refreshToken } = await signIn()
  for (const key of ['one', 'two', 'three']) {
    const outcome = await transport.refresh({ idempotencyKey: key, refreshToken, signal, fetch })
    expect(outcome).toMatchObject({ kind: 'tokens', tokens: { refreshToken } })
  }
})

test('an access token is judged: valid, due, and over with its session', async () => {
  let aheadMs = 0
  const { transport, signIn } = await serve({ now: () => Date.now() + aheadMs })
  const { accessToken, refreshToken } = await signIn()
  const validation = await transport.validate({ fetch, accessToken })
  expect(validation).toMatchObject({ isValid: true, isExpired: false, needsRefresh: false, userId: 'amara' })
  expect(validation.timeUntilExpiryMs).toBeGreaterThan(800_000)
  aheadMs = 14 * 60_000
  expect(await transport.validate({ fetch, accessToken })).toMatchObject({ isValid: true, needsRefresh: true })
  await transport.revoke?.({ refreshToken, signal, fetch })
  expect(await transport.validate({ fetch, accessToken })).toMatchObject({ isValid: false, isExpired: false })
  aheadMs = 16 * 60_000
  expect(await transport.validate({ fetch, accessToken })).toMatchObject({
    isValid: false,
    isExpired: true,
    timeUntilExpiryMs: 0,
  })
  const unknown = await transport.validate({ fetch, accessToken: 'never-issued' })
  expect(unknown).toEqual({ isValid: false, isExpired: false, needsRefresh: true, timeUntilExpiryMs: 0 })
})

test('auto-refresh spends the refresh token only when it is due', async () => {
  let aheadMs = 0
  const { transport, signIn } = await serve({ now: () => Date.now() + aheadMs, reuse: 'strict' })
  const { accessToken, refreshToken } = await signIn()
  const request = { idempotencyKey, accessToken, refreshToken, signal, fetch }
  expect(await transport.autoRefresh(request)).toMatchObject({ kind: 'not-due' })
  expect(await transport.autoRefresh(request)).toMatchObject({ kind: 'not-due' })
  aheadMs = 14 * 60_000
  expect(await transport.autoRefresh(request)).toMatchObject({ kind: 'tokens', tokens: { subject: 'amara' } })
  expect(await transport.autoRefresh(request)).toEqual({ kind: 'rejected', error: 'invalid_grant.reused' })
})

test('sessions are counted, one’s own by oneself and anybody’s by an administrator', async () => {
  const { transport, signIn } = await serve()
  await signIn()
  const { accessToken } = await signIn()
  const stats = await transport.sessionStats('amara', { fetch, accessToken })
  expect(stats).toMatchObject({ userId: 'amara', activeSessions: 2, maxConcurrentSessions: 10 })
  expect(stats.sessions.map(({ current }) => current).sort()).toEqual([false, true])
  const admin = await signIn('admin')
  expect(await transport.sessionStats('amara', { fetch, accessToken: admin.accessToken })).toMatchObject({
    activeSessions: 2,
  })
  await expect(transport.sessionStats('admin', { fetch, accessToken })).rejects.toMatchObject({
    code: 'refresh_unavailable',
    message: 'session-stats/admin: http_403',
  })
})

test('an eleventh session ends the oldest, whose next refresh is rejected and says why', async () => {
  const { transport, signIn } = await serve({ maxSessions: 2 })
  const { refreshToken } = await signIn()
  await signIn()
  await signIn()
  expect(await transport.refresh({ idempotencyKey, refreshToken, signal, fetch })).toEqual({
    kind: 'rejected',
    error: 'invalid_grant.session_limit',
  })
})

test('the service says that it is well', async () => {
  const { transport } = await serve()
  expect(await transport.health({ fetch })).toEqual({ isHealthy: true, status: 'ok' })
})
