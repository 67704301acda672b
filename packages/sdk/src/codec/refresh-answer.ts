import type { RefreshOutcome, TokenSet } from '../types.ts'
import { type Json, membersOf, parseJson } from './json.ts'

/** An HTTP answer, or a word for why there is none. */
export type Answer = { failure: string } | HttpAnswer

export interface HttpAnswer {
  /** Of a redirect 0 or its own: it is not followed. */
  status: number
  body: string
  retryAfter: string | null
  /** The answer's `Date`: the clock by which a `Retry-After` with a date was made. */
  date: string | null
}

export interface AnswerContext {
  /** Throws if the JSON is no token response. */
  parse: (json: unknown) => TokenSet
  /** The new refresh token in an answer that is no token response. Never throws. */
  findSuccessor?: ((json: unknown) => string | undefined) | undefined
  /** The app's own opinion; it can only add to what counts as a rejection. */
  isRejected?: ((json: unknown) => boolean) | undefined
  /** What was sent that must not be told: an endpoint that quotes it gets no say in the error word. */
  secrets?: readonly (string | undefined)[]
  wallNow: number
  /** An HTTP-date (RFC 9110 section 5.6.7) as epoch milliseconds, or NaN. */
  parseDate: (text: string) => number
}

/** The longest pause that an endpoint can impose. */
const MAX_RETRY_AFTER_MS = 3_600_000
const PASSING = [408, 425, 429]
const REJECTIONS: readonly unknown[] = ['invalid_grant', 'token_not_valid']

/**
 * At most 40 letters, digits and separators. A word that mixes letters and digits is short, or has its digits at one end:
 * longer mixtures are random, as tokens are, and no page knows the one in its HttpOnly cookie.
 */
const CODE = /^(?=.{1,40}$)(?:[_.-]*(?:\d{0,8}[a-z]+|[a-z]*\d{1,8}|[a-z\d]{1,4})(?![a-z\d]))+[_.-]*$/i

/** Shorter ones are no secret, and part of many words. */
const MIN_TOKEN_LENGTH = 4

const shows = (word: string, token: string | undefined): token is string =>
  word === token || (token !== undefined && token.length >= MIN_TOKEN_LENGTH && word.includes(token))

/** An error word as it may be told, whatever the transport has put into it. */
export function withoutTokens(word: unknown, tokens: readonly (string | undefined)[]): string {
  if (typeof word !== 'string') return 'transport_failed'
  return tokens.reduce<string>((told, token) => (shows(told, token) ? told.replaceAll(token, '***') : told), word)
}

/** The pause that `Retry-After` asks for (RFC 9110 section 10.2.3), at most an hour; 0 if it makes no sense. */
function pauseMs({ retryAfter, date }: HttpAnswer, { parseDate, wallNow }: AnswerContext): number {
  const text = retryAfter?.trim() ?? ''
  const ms = /^\d+$/.test(text) ? Number(text) * 1_000 : parseDate(text) - ((date && parseDate(date)) || wallNow)
  return ms > 0 ? Math.min(ms, MAX_RETRY_AFTER_MS) : 0
}

/** The endpoint's own codes, as far as they are codes: `invalid_grant.reused`. */
function codeOf({ error, code, reason }: Json, { secrets = [] }: AnswerContext): string {
  const isCode = (word: unknown) =>
    typeof word === 'string' && CODE.test(word) && !secrets.some((secret) => shows(word, secret))
  return [...new Set([error, code, reason])].filter(isCode).join('.')
}

/** What an answer means, but for the pause that it asks for. */
function outcomeOf({ status, body }: HttpAnswer, context: AnswerContext): RefreshOutcome {
  const json = parseJson(body)
  const members = membersOf(json)
  const code = members && codeOf(members, context)
  const rejected: RefreshOutcome = { kind: 'rejected', error: code || `http_${status}` }
  const unavailable = (error: string): RefreshOutcome & { kind: 'unavailable' } => ({ kind: 'unavailable', error })
  try {
    if (context.isRejected?.(json)) return rejected
  } catch {
    return unavailable('hook_failed')
  }
  if (!status || (status >= 300 && status < 400)) return unavailable('redirect')
  if (status >= 500 || PASSING.includes(status)) return unavailable(`http_${status}`)
  // It may say that there is no cookie: whether that is believed depends on what the page knows.
  if (!body && (status === 204 || status === 401)) return unavailable(`http_${status}.empty`)
  const isOk = status < 300
  if (isOk) {
    try {
      if (members) return { kind: 'tokens', tokens: context.parse(json) }
    } catch {}
  }
  // An answer without JSON comes from a proxy or a CSRF check: it knows nothing of the refresh token. Nor does one that
  // does not know the application (RFC 6749 section 5.2).
  const isRefused = status === 401 && members?.error !== 'invalid_client'
  const isRejection = isRefused || REJECTIONS.includes(members?.error) || REJECTIONS.includes(members?.code)
  if (members && isRejection) return rejected
  if (isOk) {
    const refreshToken = members && context.findSuccessor?.(json)
    const unusable = unavailable(json === undefined ? 'not_json' : 'invalid_response')
    return refreshToken ? { ...unusable, refreshToken } : unusable
  }
  return unavailable(code ? `http_${status}.${code}` : `http_${status}`)
}

/** What the answer to a refresh means. Only the endpoint's own word rejects; whatever else goes wrong will pass. */
export function readRefreshAnswer(answer: Answer, context: AnswerContext): RefreshOutcome {
  if ('failure' in answer) return { kind: 'unavailable', error: answer.failure }
  const outcome = outcomeOf(answer, context)
  const retryAfterMs = pauseMs(answer, context)
  return outcome.kind === 'unavailable' && retryAfterMs ? { ...outcome, retryAfterMs } : outcome
}

/** Whether a revocation was accepted (RFC 7009 section 2.2), whatever it was answered with but a proxy's page. */
export function isRevoked(answer: Answer): boolean {
  return 'status' in answer && answer.status >= 200 && answer.status < 300 && !/^\s*</.test(answer.body)
}
