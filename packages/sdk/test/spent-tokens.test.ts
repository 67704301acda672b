import { beforeEach, describe, expect, it } from 'vitest'
import { createTokenManager, jsonTransport, type RefreshTransport, type SessionEvent } from '../src/index.ts'
import { MINUTE, SECOND } from './support/sessions.ts'
import { openPage, pass, rotated, types, useVirtualTime } from './support/tokens.ts'

beforeEach(useVirtualTime)

let pages = 0

/** A page whose endpoint answers with these, one after another, and what it was sent. */
async function openWith(
  answers: readonly object[],
  transport: RefreshTransport = jsonTransport({ url: '/auth/refresh' }),
) {
  const sent: string[] = []
  const events: SessionEvent[] = []
  const tokens = createTokenManager({
    name: `spent-${++pages}`,
    tabs: 'off',
    transport,
    policy: { jitterRatio: 0 },
    fetch: async (_, init) => {
      sent.push(JSON.parse(String(init?.body)).refresh)
      return Response.json(answers[sent.length - 1] ?? { access: 'good', refresh: 'r9', expires_in: 900 })
    },
  })
  tokens.onEvent((event) => events.push(event))
  await tokens.setSession({ access: 'a1', refresh: 'r1', expires_in: 900 })
  return { tokens, sent, events }
}

describe('a new refresh token in an answer that is otherwise unusable', () => {
  it.each([
    ['no lifetime', { access: 'opaque', refresh: 'r2' }],
    ['a lifetime that makes no sense', { access: 'opaque', refresh: 'r2', expires_in: 'soon' }],
    ['a lifetime of nothing', { access: 'opaque', refresh: 'r2', expires_in: 0 }],
    ['no access token', { refresh: 'r2', expires_in: 900 }],
    ['an access token that is none', { access: { of: 'what' }, refresh: 'r2', expires_in: 900 }],
  ])('is the one that is sent next: %s', async (_, answer) => {
    const { tokens, sent, events } = await openWith([answer])
    const call = tokens.refreshAccessToken()
    await pass(0)
    expect(tokens.getSnapshot()).toMatchObject({ status: 'degraded', generation: 2 })
    expect(tokens.peekAccessToken()).toBeUndefined()
    expect(events.filter(({ type }) => type === 'refresh-failed')).toMatchObject([
      { error: 'invalid_response', final: false, retryInMs: SECOND },
    ])
    await pass(SECOND)
    expect(await call).toBe('good')
    expect(sent).toEqual(['r1', 'r2'])
    expect(tokens.getSnapshot()).toMatchObject({ status: 'active', generation: 3 })
  })

  it('is not lost while the endpoint answers like that again and again, and it is not asked in a storm', async () => {
    const broken = Array.from({ length: 20 }, (_, i) => ({ access: 'opaque', refresh: `r${i + 2}` }))
    const { tokens, sent, events } = await openWith(broken)
    const call = tokens
      .refreshAccessToken()
      .catch(({ code, retryAfterMs, message }) => ({ code, retryAfterMs, message }))
    await pass(15 * SECOND)
    expect(await call).toMatchObject({
      code: 'refresh_unavailable',
      message: 'No fresh token within 15000 ms; the last refresh failed: invalid_response.',
    })
    await pass(10 * MINUTE)
    expect(sent).toEqual(['r1', ...broken.map(({ refresh }) => refresh)].slice(0, sent.length))
    expect(sent.length).toBeLessThanOrEqual(17)
    expect(types(events).filter((type) => type === 'refresh-throttled')).toHaveLength(1)
  })

  it('that is the one which was sent is no new one', async () => {
    const { tokens, sent } = await openWith([{ access: 'opaque', refresh: 'r1' }])
    const call = tokens.refreshAccessToken()
    await pass(SECOND)
    expect(await call).toBe('good')
    expect(sent).toEqual(['r1', 'r1'])
    expect(tokens.getSnapshot().generation).toBe(2)
  })

  it('is kept whoever wrote the transport', async () => {
    const { tokens, endpoint } = openPage()
    await tokens.setSession({ accessToken: 'a1', refreshToken: 'r1', accessLifetimeMs: 15 * MINUTE })
    endpoint.respond = async ({ refreshToken }) =>
      refreshToken === 'r1' ? rotated(2, { accessLifetimeMs: Number.NaN, refreshToken: 'r2' }) : rotated(3)
    const call = tokens.refreshAccessToken()
    await pass(SECOND)
    await call
    expect(endpoint.asked.map(({ refreshToken }) => refreshToken)).toEqual(['r1', 'r2'])
  })
})

describe('a lifetime in the wrong unit', () => {
  it('scenario 48: calls get an error that says why and how long to wait, and the session goes on', async () => {
    const answers = Array.from({ length: 20 }, (_, i) => ({ access: `a${i}`, refresh: `r${i + 2}`, expiresIn: 900 }))
    const { tokens, events } = await openWith(answers)
    await pass(14 * MINUTE + 20 * SECOND)
    const call = tokens.getAccessToken().catch((error) => error)
    await pass(16 * SECOND)
    expect(await call).toMatchObject({
      code: 'refresh_unavailable',
      message: 'No fresh token within 15000 ms; the last refresh failed: short_lived_token.',
    })
    expect((await call).retryAfterMs).toBeGreaterThan(0)
    expect(types(events).filter((type) => type === 'refresh-throttled')).toHaveLength(1)
    expect(tokens.getSnapshot().status).toBe('degraded')
  })
})
