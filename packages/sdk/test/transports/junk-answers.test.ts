import fc from 'fast-check'
import { expect, test } from 'vitest'
import { FUZZ_TIMEOUT_MS, fuzz } from '../../../../test/support/fuzz.ts'
import { junkUnder, text } from '../../../../test/support/junk.ts'
import { isRevoked, readRefreshAnswer } from '../../src/codec/refresh-answer.ts'
import type { RefreshTransport } from '../../src/ports.ts'
import { cookieTransport } from '../../src/transports/cookie.ts'
import { jsonTransport } from '../../src/transports/json.ts'
import { oauth2Transport } from '../../src/transports/oauth2.ts'
import { sessionServiceTransport } from '../../src/transports/session-service.ts'
import { simpleJwtTransport } from '../../src/transports/simple-jwt.ts'
import { jwt } from '../support/jwt.ts'

const SECRET = 'r1-s3cr3t'
const transports: RefreshTransport[] = [
  jsonTransport({ url: '/r' }),
  cookieTransport({ url: '/r' }),
  simpleJwtTransport({ url: '/r/' }),
  sessionServiceTransport({ url: '/r' }),
  oauth2Transport({ url: '/r', clientId: 'ward' }),
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
  text,
  fc.constant('<!doctype html><title>Welcome</title>'),
  members.map((value) => JSON.stringify(value).slice(0, -1)),
)
const statuses = fc.oneof(fc.constantFrom(200, 400, 401, 403), fc.integer({ min: 200, max: 599 }))
const answers = fc.record({
  body: texts,
  status: statuses,
  retryAfter: fc.constant(null),
  date: fc.constant(null),
})

function jsonOf(text: string): Record<string, unknown> | undefined {
  try {
    const json: unknown = JSON.parse(text)
    return typeof json === 'object' && json !== null && !Array.isArray(json) ? { ...json } : undefined
  } catch {
    return undefined
  }
}

const timed = { timeout: FUZZ_TIMEOUT_MS }

test('whatever is answered is an outcome of every transport, and only the endpoint’s own word rejects', timed, () => {
  const kinds = new Set<string>()
  fuzz(answers, (answer) => {
    const json = jsonOf(answer.body)
    const named = [json?.error, json?.code].some((word) => word === 'invalid_grant' || word === 'token_not_valid')
    const mayReject = named || (answer.status === 401 && json !== undefined && json.error !== 'invalid_client')
    for (const { kind, parse } of transports) {
      const verdict = readRefreshAnswer(answer, { parse, secrets: [SECRET], wallNow: 0, parseDate: Date.parse })
      kinds.add(`${kind}: ${verdict.kind}`)
      if (verdict.kind === 'tokens') {
        expect(answer.status).toBeLessThan(300)
        expect(verdict.tokens.accessToken).toMatch(/^[!-~]+$/)
        // What begins a session may have expired.
        expect(verdict.tokens.accessLifetimeMs).toBeGreaterThanOrEqual(0)
      } else {
        expect(verdict.error).toMatch(/^(?!.*r1-s3cr3t)[a-z0-9_.-]+$/i)
        if (verdict.kind === 'rejected') expect([kind, mayReject]).toEqual([kind, true])
      }
    }
  })
  const all = transports.flatMap(({ kind }) => ['tokens', 'rejected', 'unavailable'].map((each) => `${kind}: ${each}`))
  expect([...kinds].sort()).toEqual(all.sort())
})

test('a revocation is heard by a success that is no page, and by nothing else', timed, () => {
  fuzz(answers, (answer) => {
    expect(isRevoked(answer)).toBe(answer.status < 300 && !answer.body.trimStart().startsWith('<'))
  })
})
