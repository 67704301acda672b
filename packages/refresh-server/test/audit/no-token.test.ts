import { expect, it } from 'vitest'
import { openStore } from '../../src/store/open-store.ts'
import { serve } from '../report/support.ts'
import { dataOf } from '../support/session-service.ts'
import { bearer, createCookieJar, MINUTE_MS, type Tokens } from '../support/test-server.ts'
import { trailOf } from './support.ts'

// All output for operators, after all operations with tokens. Runs on each store.

const METRICS_TOKEN = 'f3a9c1d27b5e8640a1b2c3d4e5f60718'
const SHOWN_DIGITS = 12

/** All parts of a token that are long enough to be no coincidence, without what all tokens share. */
function partsOf(tokens: readonly string[]): Set<string> {
  const parts = new Set<string>()
  for (const token of tokens) {
    const [header, ...rest] = token.split('.')
    for (const part of rest.length === 0 ? [header ?? ''] : rest) {
      for (let start = 0; start + SHOWN_DIGITS <= part.length; start += 1) {
        parts.add(part.slice(start, start + SHOWN_DIGITS))
      }
    }
  }
  return parts
}

function findParts(text: string, parts: ReadonlySet<string>): string[] {
  const found: string[] = []
  for (let start = 0; start + SHOWN_DIGITS <= text.length; start += 1) {
    const part = text.slice(start, start + SHOWN_DIGITS)
    if (parts.has(part)) found.push(part)
  }
  return found
}

it('trail, reports, metrics and log contain no token, no part of one, and no password', async () => {
  const client = await serve({ metricsToken: METRICS_TOKEN, accessLifetimeMs: 2 * MINUTE_MS, maxSessions: 2 })
  const { clock, signIn, rotate, refresh, post, patients, get, send } = client
  const tokens: string[] = []
  const keep = (...more: Tokens[]) => {
    for (const { access, refresh: token } of more) tokens.push(access, token)
  }
  const first = await signIn()
  const second = await rotate(first.refresh, 'key')
  const third = await rotate(second.refresh, 'other')
  keep(first, await rotate(first.refresh, 'nobody').catch(() => first), second, third)
  await patients(third.access)
  const others = [await signIn('ben'), await signIn('ben'), await signIn('ben')]
  keep(...others)
  for (const { access, refresh: token } of others) {
    await post('/api/token/validate', undefined, bearer(access))
    await post('/api/token/auto-refresh', { refreshToken: token, accessToken: access })
    await get(`/api/token/session-stats/${token}`, bearer(access))
    await get(`/no/such/${access}?token=${token}`)
  }
  const jar = createCookieJar()
  jar.take(await post('/auth/cookie/login?access=cookie', { username: 'admin', password: 'admin-pw' }))
  const cookies = { Cookie: jar.headerFor('/auth/cookie/refresh'), 'X-CSRFToken': jar.get('csrftoken') ?? '' }
  jar.take(await post('/auth/cookie/refresh', {}, cookies))
  tokens.push(jar.get('refresh_token') ?? '', jar.get('access_token') ?? '')
  const service = await dataOf(await post('/api/token/login', { username: 'amara', password: 'amara-pw' }))
  tokens.push(`${service.accessToken}`, `${service.refreshToken}`)
  await send('/oauth/token', {
    method: 'POST',
    body: new URLSearchParams({ grant_type: 'refresh_token', refresh_token: `${service.refreshToken}` }),
  })
  await send('/oauth/revoke', { method: 'POST', body: new URLSearchParams({ token: `${service.refreshToken}` }) })
  const strange = 'a-token-that-was-never-one-of-ours-0123456789'
  await refresh(strange)
  await patients(strange)
  await post('/auth/logout', { refresh: strange })
  await post('/auth/login', { username: 'my-wrong-password', password: 'my-wrong-password' })
  clock.now += 3 * MINUTE_MS
  await patients(others[2]?.access ?? '')
  tokens.push(strange, 'my-wrong-password')

  const until = ['--until', new Date(clock.now + 1).toISOString()]
  const trail = await trailOf(openStore(client.store, { log: () => {}, auditRetentionMs: MINUTE_MS }))
  const shown = {
    trail: JSON.stringify(trail),
    markdown: (await client.run('report', 'daily', ...until)).output,
    json: (await client.run('report', 'daily', '--json', ...until)).output,
    metrics: await (await get('/metrics', bearer(METRICS_TOKEN))).text(),
    log: client.log.join('\n'),
    erased: (await client.run('erase', 'amara')).output,
  }
  const parts = partsOf(tokens.filter((token) => token !== ''))
  expect(tokens.length).toBeGreaterThan(15)
  expect(trail.length).toBeGreaterThan(15)
  for (const [where, text] of Object.entries(shown)) {
    expect(text.length, where).toBeGreaterThan(50)
    expect(findParts(text, parts), where).toEqual([])
  }
})
