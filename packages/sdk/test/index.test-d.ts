import type { KyInstance } from 'ky'
import { expectTypeOf, test } from 'vitest'
import { createKy } from '../src/http/ky.ts'
import {
  createTokenManager,
  DEFAULT_POLICY,
  type ErrorCode,
  isTokenManagerError,
  jsonTransport,
  memoryStore,
  type PolicyOptions,
  type RefreshOutcome,
  type RefreshTransport,
  type SessionEvent,
  type SessionMetrics,
  type SessionPolicy,
  type SessionSnapshot,
  type SessionStore,
  type SignOutReason,
  type TokenManager,
  type TokenManagerOptions,
  type TokenSet,
  webStore,
} from '../src/index.ts'

test('creating', () => {
  expectTypeOf(createTokenManager).toEqualTypeOf<(options: TokenManagerOptions) => TokenManager>()
  expectTypeOf<{ transport: RefreshTransport }>().toExtend<TokenManagerOptions>()
  expectTypeOf<Record<never, never>>().not.toExtend<TokenManagerOptions>()
  // Members that are left out are those of the default, also within a member.
  expectTypeOf<{ refreshLead: { ratio: number }; retry: { firstMs: number } }>().toExtend<PolicyOptions>()
  expectTypeOf(jsonTransport).returns.toEqualTypeOf<RefreshTransport>()
  expectTypeOf(memoryStore).returns.toEqualTypeOf<SessionStore>()
  expectTypeOf(webStore).parameter(0).toEqualTypeOf<'session' | 'local'>()
  expectTypeOf(DEFAULT_POLICY).toEqualTypeOf<SessionPolicy>()
})

test('the manager', () => {
  expectTypeOf<TokenManager['start']>().toEqualTypeOf<() => Promise<SessionSnapshot>>()
  expectTypeOf<TokenManager['setSession']>().toEqualTypeOf<(response: unknown) => Promise<SessionSnapshot>>()
  expectTypeOf<TokenManager['fetch']>().toEqualTypeOf<typeof fetch>()
  expectTypeOf<TokenManager['authorize']>().toEqualTypeOf<(request: Request) => Promise<Request>>()
  expectTypeOf<TokenManager['getAccessToken']>().returns.toEqualTypeOf<Promise<string>>()
  expectTypeOf<TokenManager['peekAccessToken']>().toEqualTypeOf<() => string | undefined>()
  expectTypeOf<TokenManager['getEvents']>().returns.toEqualTypeOf<readonly SessionEvent[]>()
  expectTypeOf<TokenManager['getMetrics']>().returns.toEqualTypeOf<SessionMetrics>()
  expectTypeOf<TokenManager['onSignedOut']>().parameter(0).toEqualTypeOf<(reason: SignOutReason) => void>()
  expectTypeOf<NonNullable<Parameters<TokenManager['getAccessToken']>[0]>>().toEqualTypeOf<{
    minValidityMs?: number
    signal?: AbortSignal
  }>()
  expectTypeOf(createKy).returns.toEqualTypeOf<KyInstance>()
})

test('what it tells', () => {
  expectTypeOf<Extract<SessionEvent, { type: 'signed-out' }>['reason']>().toEqualTypeOf<SignOutReason>()
  expectTypeOf<Extract<SessionEvent, { type: 'refreshed' }>['durationMs']>().toEqualTypeOf<number>()
  expectTypeOf<keyof SessionEvent>().toEqualTypeOf<'type' | 'at' | 'tab' | 'sid' | 'generation'>()
  expectTypeOf<SessionEvent['type']>().toEqualTypeOf<
    | 'started'
    | 'signed-in'
    | 'restored'
    | 'refresh-started'
    | 'refreshed'
    | 'refresh-failed'
    | 'refresh-throttled'
    | 'adopted'
    | 'signed-out'
    | 'identity-changed'
    | 'idle-warning'
    | 'idle-cleared'
    | 'leader-changed'
    | 'request-queued'
    | 'request-released'
    | 'request-replayed'
    | 'request-failed'
    | 'capability-degraded'
    | 'policy-violation'
    | 'revocation-lost'
    | 'alert'
  >()
  expectTypeOf<SessionSnapshot['status']>().toEqualTypeOf<
    'starting' | 'signed-out' | 'active' | 'degraded' | 'identity-changed'
  >()
  expectTypeOf<SessionSnapshot>().toEqualTypeOf<Readonly<SessionSnapshot>>()
})

test('errors', () => {
  const error: unknown = undefined
  if (isTokenManagerError(error)) {
    expectTypeOf(error.code).toEqualTypeOf<ErrorCode>()
    expectTypeOf(error.retryAfterMs).toEqualTypeOf<number | undefined>()
  }
})

test('what a transport is', () => {
  expectTypeOf<RefreshTransport['refresh']>().returns.toEqualTypeOf<Promise<RefreshOutcome>>()
  expectTypeOf<RefreshTransport['parse']>().toEqualTypeOf<(response: unknown) => TokenSet>()
  expectTypeOf<{ accessLifetimeMs: number }>().toExtend<TokenSet>()
})
