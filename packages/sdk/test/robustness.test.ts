import { beforeEach, describe, expect, it, vi } from 'vitest'
import { watch } from './support/ports.ts'
import { MINUTE, NOON, SECOND } from './support/sessions.ts'
import {
  codeOf,
  contents,
  hang,
  LOGIN,
  openPage,
  pass,
  rotated,
  signIn,
  types,
  unauthorized,
  useVirtualTime,
} from './support/tokens.ts'

beforeEach(() => {
  useVirtualTime()
  vi.setSystemTime(NOON)
})

describe('bad input', () => {
  it('a login answer that is none leaves the session before as it is', async () => {
    const { tokens } = await signIn(
      {},
      {
        parse: (response) => {
          if (response === 'junk') throw Object.assign(new Error('bad'), { code: 'invalid_response' })
          return response as typeof LOGIN
        },
      },
    )
    const before = tokens.getSnapshot()
    await expect(tokens.setSession('junk')).rejects.toMatchObject({ code: 'invalid_response' })
    expect(tokens.getSnapshot()).toBe(before)
  })

  it.each([true, false])('an outcome that is none is no reason to spin (replays: %s)', async (idempotentRefresh) => {
    const { endpoint } = await signIn({}, { idempotentRefresh })
    endpoint.respond = () => (endpoint.asked.length > 200 ? hang() : Promise.resolve(undefined as never))
    await pass(13 * MINUTE + 10 * SECOND)
    expect(endpoint.asked.length).toBeLessThan(10)
  })

  it.each(['not-due', 'error', undefined])('an outcome of the kind %s signs nobody out', async (kind) => {
    const page = await signIn()
    page.endpoint.respond = async () => ({ ...rotated(2), kind }) as never
    watch(page.tokens.refreshAccessToken())
    await pass(SECOND)
    expect(page.tokens.getSnapshot().status).toBe('degraded')
  })

  it.each([
    ['a subject', { subject: 42 }],
    ['a refresh token', { refreshToken: 42 }],
    ['an access token', { accessToken: '' }],
    ['an access token', { accessToken: 'with a blank' }],
    ['claims', { claims: { role: () => {} } }],
    ['a lifetime', { accessLifetimeMs: 1e13 }],
    ['a lifetime', { refreshLifetimeMs: Number.NaN }],
  ])('tokens with what is not %s, which no store or tab would take, are refused by name', async (_, junk) => {
    const page = await signIn()
    const [member = ''] = Object.keys(junk)
    await expect(page.tokens.setSession({ ...LOGIN, ...junk })).rejects.toMatchObject({
      code: 'invalid_response',
      message: expect.stringContaining(`tokens.${member} must be`),
    })
    page.endpoint.respond = async () => rotated(2, junk as never)
    watch(page.tokens.refreshAccessToken())
    await pass(SECOND)
    // A refresh token that is one is kept: the one before may be spent.
    const generation = member === 'refreshToken' ? 1 : 2
    expect(page.tokens.getSnapshot()).toMatchObject({ status: 'degraded', generation })
  })

  it('a lifetime that is no number is no reason to spin', async () => {
    const { endpoint } = await signIn()
    endpoint.respond = async () => rotated(2, { accessLifetimeMs: Number.NaN })
    const set = vi.spyOn(globalThis, 'setTimeout')
    await pass(13 * MINUTE + 10 * SECOND)
    const timers = set.mock.calls.length
    set.mockRestore()
    expect(timers).toBeLessThan(100)
  })

  it.each([Number.NaN, undefined, Number.POSITIVE_INFINITY, -1])(
    'a login answer whose lifetime comes to %s is none',
    async (accessLifetimeMs) => {
      const { tokens } = openPage({}, { parse: () => ({ ...LOGIN, accessLifetimeMs }) as typeof LOGIN })
      await expect(tokens.setSession({})).rejects.toMatchObject({ code: 'invalid_response' })
    },
  )

  it('a Retry-After that is no number is no reason to spin', async () => {
    const { endpoint } = await signIn()
    endpoint.respond = async () => ({ kind: 'unavailable', error: 'http_429', retryAfterMs: Number.NaN })
    const set = vi.spyOn(globalThis, 'setTimeout')
    await pass(13 * MINUTE + 2 * SECOND)
    const timers = set.mock.calls.length
    set.mockRestore()
    expect(timers).toBeLessThan(100)
  })

  it('tokens without an access token are none, where it is to be sent as a header', async () => {
    const { tokens, endpoint } = await signIn()
    endpoint.respond = async () => rotated(2, { accessToken: undefined as never })
    const call = watch(tokens.refreshAccessToken())
    await pass(20 * SECOND)
    expect(codeOf(call.error)).toBe('refresh_unavailable')
  })

  it('a transport that throws is an endpoint that can not be reached', async () => {
    const { tokens, endpoint } = await signIn()
    endpoint.respond = () => {
      throw new Error('broken')
    }
    await pass(13 * MINUTE + 10 * SECOND)
    expect(tokens.getSnapshot()).toMatchObject({ status: 'degraded', lastError: 'refresh_unavailable' })
    expect(endpoint.asked.length).toBeLessThan(10)
  })
})

it('a field that gets the focus is no reason to try again', async () => {
  const page = await signIn()
  page.endpoint.respond = async () => ({ kind: 'unavailable', error: 'http_503' })
  watch(page.tokens.refreshAccessToken())
  await pass(0)
  const field = document.createElement('input')
  document.body.append(field)
  for (let times = 0; times < 5; times++) {
    field.dispatchEvent(new FocusEvent('focus'))
    await pass(10)
  }
  field.remove()
  expect(page.endpoint.asked).toHaveLength(1)
  window.dispatchEvent(new FocusEvent('focus'))
  await pass(10)
  expect(page.endpoint.asked).toHaveLength(2)
})

it('a 401 is the caller’s, where there is no refresh token that could help', async () => {
  const page = openPage()
  const { refreshToken: _, ...login } = LOGIN
  await page.tokens.setSession(login)
  page.answer = unauthorized
  expect((await page.tokens.fetch('/api')).status).toBe(401)
})

it('nothing that it tells, shows, or leaves in web storage holds a token', async () => {
  const { tokens, events, endpoint } = await signIn()
  endpoint.respond = async () => ({ kind: 'unavailable', error: 'http_503' })
  await pass(14 * MINUTE)
  endpoint.respond = async () => rotated(2)
  await pass(20 * MINUTE)
  await tokens.fetch('/api')
  const told = [events, tokens.getEvents(), tokens.getSnapshot(), tokens.getMetrics(), tokens.getDiagnostics()]
  expect(JSON.stringify([told, contents(sessionStorage), contents(localStorage)])).not.toContain('SECRET')
  expect(types(events)).toEqual(expect.arrayContaining(['refresh-failed', 'refreshed']))
  // The ledger, and the name of the tab.
  expect(contents(sessionStorage)).toHaveLength(2)
})
