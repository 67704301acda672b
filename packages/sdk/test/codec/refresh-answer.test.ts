import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { FUZZ_TIMEOUT_MS, fuzz } from '../../../../test/support/fuzz.ts'
import { type Answer, type AnswerContext, type HttpAnswer, readRefreshAnswer } from '../../src/codec/refresh-answer.ts'
import { TokenManagerError } from '../../src/errors.ts'
import type { RefreshOutcome } from '../../src/types.ts'
import { parse, WALL_NOW } from '../support/parse.ts'

const HTML = '<!doctype html><title>Sign in</title>'
const TOKENS = { access: 'a2', refresh: 'r2', expires_in: 900 }

interface Case extends Partial<Omit<HttpAnswer, 'body'>> {
  body?: unknown
}

function verdictOn({ body = '', ...answer }: Case, context: Partial<AnswerContext> = {}): RefreshOutcome {
  const text = typeof body === 'string' ? body : JSON.stringify(body)
  return readRefreshAnswer(
    { status: 200, retryAfter: null, date: null, ...answer, body: text },
    { parse, wallNow: WALL_NOW, parseDate: Date.parse, secrets: ['r1', undefined, 'csrf'], ...context },
  )
}

const unavailable = (error: string) => ({ kind: 'unavailable', error })
const rejected = (error: string) => ({ kind: 'rejected', error })

test('tokens', () => {
  expect(verdictOn({ body: TOKENS })).toEqual({
    kind: 'tokens',
    tokens: { accessToken: 'a2', accessLifetimeMs: 900_000, refreshToken: 'r2' },
  })
  expect(verdictOn({ status: 201, body: TOKENS }).kind).toBe('tokens')
})

describe('rejected, by the endpoint’s own word', () => {
  test.each<[string, Case, string]>([
    ['OAuth', { status: 400, body: { error: 'invalid_grant' } }, 'invalid_grant'],
    ['reuse', { status: 401, body: { error: 'invalid_grant', reason: 'reused' } }, 'invalid_grant.reused'],
    ['expiry', { status: 401, body: { error: 'invalid_grant', reason: 'expired' } }, 'invalid_grant.expired'],
    [
      'SimpleJWT',
      { status: 401, body: { detail: 'Token is blacklisted', code: 'token_not_valid' } },
      'token_not_valid',
    ],
    ['a code with another status', { status: 403, body: { code: 'token_not_valid' } }, 'token_not_valid'],
    ['a session service', { status: 401, body: { success: false, error: 'Invalid refresh token' } }, 'http_401'],
    ['a bare 401 with JSON', { status: 401, body: {} }, 'http_401'],
    ['a code that comes with status 200', { status: 200, body: { error: 'invalid_grant' } }, 'invalid_grant'],
  ])('%s', (_, answer, error) => {
    expect(verdictOn(answer)).toEqual(rejected(error))
  })
})

describe('unavailable', () => {
  test.each<[string, Case, string]>([
    ['401 with HTML', { status: 401, body: HTML }, 'http_401'],
    ['401 without a body', { status: 401 }, 'http_401.empty'],
    ['401 with JSON that is no object', { status: 401, body: '401' }, 'http_401'],
    ['401 with a list', { status: 401, body: [] }, 'http_401'],
    ['403 with HTML', { status: 403, body: HTML }, 'http_403'],
    ['403 with JSON, as CSRF checks answer', { status: 403, body: { detail: 'CSRF Failed' } }, 'http_403'],
    ['404', { status: 404, body: HTML }, 'http_404'],
    ['400 with a code', { status: 400, body: { error: 'invalid_client' } }, 'http_400.invalid_client'],
    ['401 to an unknown client', { status: 401, body: { error: 'invalid_client' } }, 'http_401.invalid_client'],
    ['408', { status: 408, body: { error: 'invalid_grant' } }, 'http_408'],
    ['425', { status: 425, body: { error: 'invalid_grant' } }, 'http_425'],
    ['429', { status: 429, body: { error: 'invalid_grant' } }, 'http_429'],
    ['500', { status: 500, body: { error: 'invalid_grant' } }, 'http_500'],
    ['503', { status: 503, body: HTML }, 'http_503'],
    ['a redirect', { status: 0 }, 'redirect'],
    ['300', { status: 300 }, 'redirect'],
    ['a redirect with its status', { status: 307, body: { error: 'invalid_grant' } }, 'redirect'],
    ['a captive portal', { body: HTML }, 'not_json'],
    ['204', { status: 204 }, 'http_204.empty'],
    ['an empty answer', { body: '' }, 'not_json'],
    ['truncated JSON', { body: '{"access":"a2","expires_' }, 'not_json'],
    ['JSON without tokens', { body: {} }, 'invalid_response'],
    ['JSON null', { body: 'null' }, 'invalid_response'],
    ['JSON with an absurd lifetime', { body: { ...TOKENS, expires_in: 0 } }, 'invalid_response'],
    ['deeply nested JSON', { body: `${'{"access":'.repeat(100_000)}1${'}'.repeat(100_000)}` }, 'invalid_response'],
  ])('%s', (_, answer, error) => {
    expect(verdictOn(answer)).toEqual(unavailable(error))
  })

  test('where there is no answer', () => {
    expect(readRefreshAnswer({ failure: 'timeout' }, { parse, wallNow: 0, parseDate: Date.parse })).toEqual(
      unavailable('timeout'),
    )
  })
})

describe('the app’s own opinion', () => {
  test('adds to what rejects', () => {
    const isRejected = (json: unknown) => JSON.stringify(json) === '{"gone":true}'
    expect(verdictOn({ status: 410, body: { gone: true } }, { isRejected })).toEqual(rejected('http_410'))
    expect(verdictOn({ status: 503, body: { gone: true } }, { isRejected })).toEqual(rejected('http_503'))
    expect(verdictOn({ status: 400, body: { error: 'invalid_grant' } }, { isRejected })).toEqual(
      rejected('invalid_grant'),
    )
    expect(verdictOn({ status: 410, body: HTML }, { isRejected })).toEqual(unavailable('http_410'))
  })

  test('that throws signs nobody out', () => {
    const isRejected = () => {
      throw new Error('odd')
    }
    expect(verdictOn({ status: 401, body: { error: 'invalid_grant' } }, { isRejected })).toEqual(
      unavailable('hook_failed'),
    )
  })
})

describe('the error word', () => {
  test.each([
    [{ error: 'Token r1 is unknown', reason: 'reused' }, 'reused'],
    [{ error: 'x'.repeat(41) }, 'http_401'],
    [{ error: 'r1', reason: 'expired' }, 'expired'],
    [{ error: 'gone', code: 'gone' }, 'gone'],
    [{ error: { code: 'invalid_grant' }, code: 7, reason: null }, 'http_401'],
    [{ error: 'the-csrf-is-gone', code: 'a1' }, 'a1'],
    // A page never knows the refresh token in its cookie: what looks random is no code.
    [{ error: 'b3JhbmdlLTQyIQ9x' }, 'http_401'],
    [{ error: '0a1b2c3d-4e5f-6071-8293-a4b5c6d7e8f9', reason: 'expired' }, 'expired'],
    [{ error: 'AADSTS700082', code: 'b2c_expired', reason: '2fa-required' }, 'AADSTS700082.b2c_expired.2fa-required'],
    [{ error: 'oauth2_error', code: 'ERR.401-02', reason: '__x__' }, 'oauth2_error.ERR.401-02.__x__'],
  ])('of %j is %s', (body, error) => {
    expect(verdictOn({ status: 401, body })).toEqual(rejected(error))
  })
})

describe('Retry-After', () => {
  const now = new Date(WALL_NOW).toUTCString()
  const later = new Date(WALL_NOW + 45_000).toUTCString()
  const serverLater = new Date(WALL_NOW - 3_600_000 + 45_000).toUTCString()

  test.each<[string, Case, number]>([
    ['seconds', { retryAfter: '30' }, 30_000],
    ['a date', { retryAfter: later, date: now }, 45_000],
    ['a date without the answer’s own', { retryAfter: later }, 45_000],
    [
      'a date by a clock that is an hour behind',
      { retryAfter: serverLater, date: new Date(WALL_NOW - 3_600_000).toUTCString() },
      45_000,
    ],
    ['more than an hour', { retryAfter: '86400' }, 3_600_000],
    ['a number without end', { retryAfter: '9'.repeat(400) }, 3_600_000],
  ])('in %s', (_, answer, retryAfterMs) => {
    expect(verdictOn({ status: 429, ...answer })).toEqual({ ...unavailable('http_429'), retryAfterMs })
    expect(verdictOn({ status: 503, ...answer })).toEqual({ ...unavailable('http_503'), retryAfterMs })
  })

  test.each(['', '0', '-5', '1.5', 'soon', '☃', new Date(WALL_NOW - 1_000).toUTCString()])(
    '%j is as good as none',
    (retryAfter) => {
      expect(verdictOn({ status: 429, retryAfter })).toEqual(unavailable('http_429'))
    },
  )

  test('says nothing beside a rejection or tokens', () => {
    expect(verdictOn({ status: 401, body: {}, retryAfter: '30' })).toEqual(rejected('http_401'))
    expect(verdictOn({ body: TOKENS, retryAfter: '30' })).not.toHaveProperty('retryAfterMs')
  })
})

test('any answer has a verdict: rejected only with JSON, the word short and without the token', {
  timeout: FUZZ_TIMEOUT_MS,
}, () => {
  const words = fc.constantFrom('invalid_grant', 'token_not_valid', 'reused', 'r1', 'Sorry, r1!')
  const members = fc.dictionary(
    fc.constantFrom('error', 'code', 'reason', 'access', 'expires_in', '__proto__'),
    fc.oneof(words, fc.jsonValue()),
  )
  const body = fc.oneof(
    members.map((json) => JSON.stringify(json)),
    fc.json(),
    fc.string(),
  )
  const text = fc.option(fc.oneof(fc.string(), fc.date().map(String), fc.integer().map(String)))
  const answers: fc.Arbitrary<Answer> = fc.record({
    status: fc.integer({ min: 0, max: 599 }),
    body,
    retryAfter: text,
    date: text,
  })
  fuzz(answers, (answer) => {
    const verdict = readRefreshAnswer(answer, { parse, wallNow: WALL_NOW, parseDate: Date.parse, secrets: ['r1'] })
    if (verdict.kind === 'tokens') return
    expect(verdict.error).toMatch(/^[\w.-]{1,130}$/)
    expect(verdict.error.split('.')).not.toContain('r1')
    if (verdict.kind === 'rejected' && 'body' in answer) expect(JSON.parse(answer.body)).toBeTypeOf('object')
    if (verdict.kind === 'unavailable' && verdict.retryAfterMs !== undefined) {
      expect(verdict.retryAfterMs).toBeGreaterThan(0)
      expect(verdict.retryAfterMs).toBeLessThanOrEqual(3_600_000)
    }
  })
})

test('what parse throws is no verdict of its own', () => {
  const thrower = () => {
    throw new TokenManagerError('signed_out', 'from elsewhere')
  }
  expect(verdictOn({ body: TOKENS }, { parse: thrower })).toEqual(unavailable('invalid_response'))
})
