import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { RefreshTransport } from '../../src/ports.ts'
import { cookieTransport } from '../../src/transports/cookie.ts'
import { jsonTransport } from '../../src/transports/json.ts'
import { oauth2Transport } from '../../src/transports/oauth2.ts'
import { sessionServiceTransport } from '../../src/transports/session-service.ts'
import { simpleJwtTransport } from '../../src/transports/simple-jwt.ts'
import { FUZZ_TIMEOUT_MS, fuzzLater } from '../support/fuzz.ts'
import { junkUnder } from '../support/junk.ts'
import { jwt } from '../support/jwt.ts'
import { recordedFetch } from '../support/recorded-fetch.ts'

const signal = new AbortController().signal
const SECRET = 'r1-s3cr3t'
const transports: RefreshTransport[] = [
  jsonTransport({ url: '/r', revokeUrl: '/out' }),
  cookieTransport({ url: '/r', revokeUrl: '/out' }),
  simpleJwtTransport({ url: '/r/', revokeUrl: '/out' }),
  sessionServiceTransport({ url: '/r', revokeUrl: '/out' }),
  oauth2Transport({ url: '/r', revokeUrl: '/out', clientId: 'ward' }),
]

const words = fc.constantFrom('invalid_grant', 'invalid_client', 'token_not_valid', 'unsupported_token_type', SECRET)
const values = fc.oneof(
  fc.jsonValue(),
  words,
  fc.integer(),
  fc.constantFrom('a2', '30m', jwt({ sub: 'alice', iat: 1, exp: 901 }), jwt({ exp: 'soon' }), jwt([])),
)
const strange = junkUnder(
  [
    ...['access', 'accessToken', 'access_token', 'refresh', 'refresh_token', 'expires_in', 'expiresIn', 'id_token'],
    ...['error', 'code', 'reason', 'success', 'data', 'subject', 'detail'],
  ],
  values,
)
const members = fc.oneof(
  strange,
  strange.map((more) => ({ accessToken: 'a2', expiresIn: 60_000, ...more })),
)
const envelopes = fc.record({ success: fc.boolean(), data: members, error: words })
const texts = fc.oneof(
  members.map((value) => JSON.stringify(value)),
  envelopes.map((value) => JSON.stringify(value)),
  fc.json(),
  fc.string({ unit: 'binary' }),
  fc.constant('<!doctype html><title>Welcome</title>'),
  members.map((value) => JSON.stringify(value).slice(0, -1)),
)
const statuses = fc.oneof(fc.constantFrom(200, 400, 401, 403), fc.integer({ min: 200, max: 599 }))
const answers = fc.record({ text: texts, status: statuses }).map(({ text, status }) => {
  const hasNoBody = [204, 205, 304].includes(status)
  return { text: hasNoBody ? '' : text, status, make: () => new Response(hasNoBody ? null : text, { status }) }
})

function jsonOf(text: string): Record<string, unknown> | undefined {
  try {
    const json: unknown = JSON.parse(text)
    return typeof json === 'object' && json !== null && !Array.isArray(json) ? { ...json } : undefined
  } catch {
    return undefined
  }
}

const among = transports.length
const timed = { timeout: FUZZ_TIMEOUT_MS }

describe.each(transports.map((transport) => [transport.kind, transport] as const))('%s', (_, transport) => {
  const request = (answer: () => Response) => {
    const { fetch } = recordedFetch(answer)
    return { idempotencyKey: 'k1', refreshToken: SECRET, signal, fetch }
  }

  test('whatever is answered is an outcome, and only the endpoint’s own word rejects', timed, async () => {
    const kinds = new Set<string>()
    await fuzzLater(among, answers, async ({ text, status, make }) => {
      const outcome = await transport.refresh(request(make))
      kinds.add(outcome.kind)
      if (outcome.kind === 'tokens') {
        expect(status).toBeLessThan(300)
        expect(outcome.tokens.accessToken).toMatch(/^[!-~]+$/)
        expect(outcome.tokens.accessLifetimeMs).toBeGreaterThan(0)
        return
      }
      expect(outcome.error).toMatch(/^[a-z0-9_.-]+$/i)
      expect(outcome.error).not.toContain(SECRET)
      if (outcome.kind === 'unavailable') return
      const json = jsonOf(text)
      const named = [json?.error, json?.code].some((word) => word === 'invalid_grant' || word === 'token_not_valid')
      expect(named || (status === 401 && json && json.error !== 'invalid_client')).toBeTruthy()
    })
    expect([...kinds].sort()).toEqual(['rejected', 'tokens', 'unavailable'])
  })

  test('a revocation is heard or is a typed error, whatever is answered', timed, async () => {
    await fuzzLater(among, answers, async ({ make }) => {
      const failure: unknown = await transport.revoke?.(request(make)).catch((error: unknown) => error)
      if (failure === undefined) return
      expect(failure).toMatchObject({ code: 'refresh_unavailable' })
      expect(String(failure)).not.toContain(SECRET)
    })
  })
})
