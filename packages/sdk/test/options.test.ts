import { describe, expect, test } from 'vitest'
import { type ResolvedOptions, resolveOptions, type TokenManagerOptions } from '../src/options.ts'
import type { SessionPolicy } from '../src/session/policy.ts'
import { DEFAULT_POLICY } from '../src/session/policy.ts'
import { encryptedStore } from '../src/stores/encrypted-store.ts'
import { webStore } from '../src/stores/web.ts'
import { invalidOptionOf } from './support/invalid-option.ts'
import { transport } from './support/transport.ts'

const resolve = (options: Partial<TokenManagerOptions> = {}): ResolvedOptions =>
  resolveOptions({ transport, ...options })

const problemOf = (options: unknown) => invalidOptionOf(resolveOptions, options)
const policyProblem = (policy: unknown): string => problemOf({ transport, policy })

describe('defaults', () => {
  test('are all there', () => {
    expect(resolve()).toEqual({
      transport,
      name: 'default',
      policy: {
        refreshLead: { ratio: 2 / 15, minMs: 1_000, maxMs: 600_000 },
        jitterRatio: 0.05,
        retry: { firstMs: 500, factor: 2, maxMs: 60_000 },
      },
      allowedOrigins: [],
      maxWaitMs: 15_000,
      refreshTimeoutMs: 60_000,
      maxQueued: 1_000,
      tabs: 'auto',
    })
  })

  test('stand for what is given as undefined', () => {
    const options = {
      transport,
      name: undefined,
      maxWaitMs: undefined,
      policy: { retry: undefined, jitterRatio: undefined },
    }
    expect(Reflect.apply(resolveOptions, undefined, [options])).toMatchObject({
      name: 'default',
      maxWaitMs: 15_000,
      policy: DEFAULT_POLICY,
    })
  })

  test('fill up what is given in part, and are not changed by it', () => {
    const retry = { ...DEFAULT_POLICY.retry, firstMs: 100 }
    const { policy } = resolve({ policy: { retry, idleTimeoutMs: 900_000 } })
    expect(policy).toEqual({ ...DEFAULT_POLICY, retry, idleTimeoutMs: 900_000 })
    policy.retry.factor = 9
    policy.refreshLead.minMs = 9
    expect(DEFAULT_POLICY.retry.factor).toBe(2)
    expect(DEFAULT_POLICY.refreshLead.minMs).toBe(1_000)
    expect(retry.factor).toBe(2)
  })

  test('leave room for bounds that meet, and for nothing where nothing makes sense', () => {
    const policy = {
      refreshLead: { ratio: 0.5, minMs: 0, maxMs: 1 },
      jitterRatio: 0,
      retry: { firstMs: 1, factor: 1, maxMs: 1 },
      accessTokenMaxMs: 1,
      idleWarningMs: 20_000,
      idleTimeoutMs: 20_001,
    }
    expect(resolve({ policy, maxWaitMs: 0, maxQueued: 0, name: 'x' })).toMatchObject({
      policy,
      maxWaitMs: 0,
      maxQueued: 0,
    })
    const meeting = { ratio: 0.5, minMs: 5, maxMs: 5 }
    expect(resolve({ policy: { refreshLead: meeting } }).policy.refreshLead).toEqual(meeting)
  })

  test.each([webStore('local'), encryptedStore()])('pages that share a store may not keep to themselves', (store) => {
    expect(problemOf({ transport, store, tabs: 'off' })).toMatch(
      /^options\.tabs must be "auto" with this store: .*spends the refresh token/,
    )
    expect(resolve({ store }).tabs).toBe('auto')
    expect(resolve({ store: webStore('session'), tabs: 'off' }).tabs).toBe('off')
  })

  test('a transport may be of any class', () => {
    class Transport {
      kind = 'class'
      url = '/refresh'
      refreshTokenIn = 'body' as const
      accessTokenIn = 'header' as const
      idempotentRefresh = false
      refresh = transport.refresh
      parse() {
        return transport.parse({})
      }
    }
    const instance = new Transport()
    expect(resolveOptions({ transport: instance }).transport).toBe(instance)
  })
})

describe('invalid_option names the option and what it must be', () => {
  test.each<[string, unknown, RegExp]>([
    ['nothing', undefined, /options must be an object/],
    ['a list', [], /options must be an object/],
    ['no transport', {}, /options\.transport must be an object/],
    ['half a transport', { transport: { ...transport, refresh: 1 } }, /transport\.refresh must be a function/],
    [
      'a transport of two minds',
      { transport: { ...transport, refreshTokenIn: 'both' } },
      /refreshTokenIn must be body or cookie/,
    ],
    [
      'a transport for headers',
      { transport: { ...transport, accessTokenIn: 'body' } },
      /accessTokenIn must be header or cookie/,
    ],
    ['an unknown key', { transport, maxWait: 1 }, /options\.maxWait is unknown: it must be one of .*maxWaitMs/],
    ['an inherited name', { transport, toString: 1 }, /options\.toString is unknown: it must be one of/],
    ['a prototype', JSON.parse('{"transport":{},"__proto__":1}'), /transport\.kind/],
    ['a name', { transport, name: '' }, /options\.name must be a string/],
    ['a long name', { transport, name: 'x'.repeat(201) }, /options\.name/],
    ['a number as text', { transport, maxWaitMs: '15000' }, /options\.maxWaitMs must be a number/],
    ['a negative number', { transport, maxWaitMs: -1 }, /options\.maxWaitMs/],
    ['no number', { transport, refreshTimeoutMs: Number.NaN }, /options\.refreshTimeoutMs/],
    ['a number without end', { transport, maxQueued: Number.POSITIVE_INFINITY }, /options\.maxQueued/],
    ['no time at all', { transport, refreshTimeoutMs: 0 }, /options\.refreshTimeoutMs/],
    ['tabs', { transport, tabs: 'on' }, /options\.tabs must be auto or off/],
    ['fetch', { transport, fetch: {} }, /options\.fetch must be a function/],
    ['a store', { transport, store: { load() {} } }, /options\.store\.save must be a function/],
    ['login', { transport, login: '/login' }, /options\.login must be an object/],
    ['an endpoint without a host', { transport: { ...transport, url: 'https://' } }, /options\.transport\.url/],
    ['login without a URL', { transport, login: {} }, /options\.login\.url must be an http\(s\) URL/],
    ['login with what it has not', { transport, login: { url: '/in', next: '/' } }, /options\.login\.next is unknown/],
    ['a script as login', { transport, login: { url: 'javascript:alert(1)' } }, /options\.login\.url/],
    ['a policy', { transport, policy: null }, /options\.policy must be an object/],
  ])('%s', (_, options, problem) => {
    expect(problemOf(options)).toMatch(problem)
    expect(problemOf(options)).toMatch(/^options/)
  })

  test.each<[keyof SessionPolicy | string, unknown, RegExp]>([
    ['a typo', { idleTimeout: 1 }, /policy\.idleTimeout is unknown: it must be one of .*idleTimeoutMs/],
    ['a typo inside', { retry: { firstMS: 1 } }, /policy\.retry\.firstMS is unknown: it must be one of .*firstMs/],
    ['retry', { retry: { firstMs: 0 } }, /policy\.retry\.firstMs must be a number/],
    ['a factor', { retry: { factor: 0.5 } }, /policy\.retry\.factor/],
    ['a first pause above the longest', { retry: { firstMs: 70_000 } }, /policy\.retry\.firstMs must be at most maxMs/],
    ['a ratio of nothing', { refreshLead: { ratio: 0 } }, /policy\.refreshLead\.ratio/],
    ['a ratio of more than half', { refreshLead: { ratio: 0.6 } }, /policy\.refreshLead\.ratio/],
    ['crossed bounds', { refreshLead: { minMs: 2, maxMs: 1 } }, /policy\.refreshLead\.minMs must be at most maxMs/],
    [
      'a lead as long as the lifetime',
      { accessTokenMaxMs: 1_000 },
      /refreshLead\.minMs must be less than accessTokenMaxMs/,
    ],
    ['jitter', { jitterRatio: 1.1 }, /policy\.jitterRatio/],
    [
      'a short warning',
      { idleTimeoutMs: 60_000, idleWarningMs: 19_999 },
      /policy\.idleWarningMs must be a number from 20000/,
    ],
    [
      'a warning as long as the limit',
      { idleTimeoutMs: 60_000, idleWarningMs: 60_000 },
      /idleWarningMs must be less than idleTimeoutMs/,
    ],
    ['a warning without a limit', { idleWarningMs: 60_000 }, /idleWarningMs must be less than idleTimeoutMs/],
    ['a session of no length', { sessionMaxMs: 0 }, /policy\.sessionMaxMs/],
  ])('a policy with %s', (_, policy, problem) => {
    expect(policyProblem(policy)).toMatch(problem)
  })

  test('a message shows no value', () => {
    expect(problemOf({ transport, name: 's3cr3t\n', login: { url: 's3cr3t:' } })).not.toContain('s3cr3t')
  })
})
