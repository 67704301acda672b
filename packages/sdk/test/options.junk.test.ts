import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { FUZZ_TIMEOUT_MS, fuzz } from '../../../test/support/fuzz.ts'
import { address, junk, junkUnder } from '../../../test/support/junk.ts'
import { isTokenManagerError } from '../src/errors.ts'
import { type ResolvedOptions, resolveOptions } from '../src/options.ts'
import { invalidOptionOf } from './support/invalid-option.ts'
import { transport } from './support/transport.ts'

describe('allowedOrigins', () => {
  test('are normalised', () => {
    const { allowedOrigins } = resolveOptions({
      transport,
      allowedOrigins: ['https://API.example.com:443', 'http://localhost:8080/', 'https://bücher.example'],
    })
    expect(allowedOrigins).toEqual([
      'https://api.example.com',
      'http://localhost:8080',
      'https://xn--bcher-kva.example',
    ])
  })

  test.each([
    ...['*', 'null', '', 'https://*.example.com', 'api.example.com', '//api.example.com', '/api', 'https://'],
    ...[
      'https://a.example/path',
      'https://a.example/?',
      'https://a.example/#',
      'https://u:p@a.example',
      'file:///',
      'ws://a.example',
    ],
    ...['data:,x', 'blob:https://a.example/x', undefined, null, 5, {}, ['https://a.example']],
  ])('%s is no origin', (origin) => {
    expect(invalidOptionOf(resolveOptions, { transport, allowedOrigins: ['https://ok.example', origin] })).toMatch(
      /options\.allowedOrigins\.1 must be an origin/,
    )
  })

  test('are a list without holes', () => {
    expect(invalidOptionOf(resolveOptions, { transport, allowedOrigins: 'https://a.example' })).toMatch(
      /allowedOrigins must be an array/,
    )
    expect(invalidOptionOf(resolveOptions, { transport, allowedOrigins: new Array(1) })).toMatch(/allowedOrigins\.0/)
  })
})

test('junk resolves or is invalid_option, whatever it is', { timeout: FUZZ_TIMEOUT_MS }, () => {
  const names = [
    ...[
      'name',
      'store',
      'policy',
      'allowedOrigins',
      'maxWaitMs',
      'refreshTimeoutMs',
      'maxQueued',
      'tabs',
      'fetch',
      'login',
    ],
    ...['refreshLead', 'ratio', 'minMs', 'maxMs', 'jitterRatio', 'retry', 'firstMs', 'factor', 'sessionMaxMs', 'url'],
    ...['idleTimeoutMs', 'idleWarningMs', 'accessTokenMaxMs', 'refreshTokenMaxMs', 'load', 'save', 'clear'],
  ]
  const leaf = fc.oneof(
    junk,
    fc.double({ min: 0 }),
    fc.integer(),
    address,
    fc.constant(() => {}),
  )
  const nested = junkUnder(names, fc.oneof(leaf, junkUnder(names, fc.oneof(leaf, junkUnder(names, leaf)))))
  let resolved = 0
  fuzz(
    fc.oneof(
      junk,
      nested,
      nested.map((options) => ({ transport, ...options })),
    ),
    (options) => {
      try {
        const { policy, maxWaitMs } = Reflect.apply(resolveOptions, undefined, [options]) as ResolvedOptions
        resolved++
        expect(maxWaitMs).toBeGreaterThanOrEqual(0)
        expect(policy.refreshLead.minMs).toBeLessThanOrEqual(policy.refreshLead.maxMs)
        expect(policy.retry.firstMs).toBeLessThanOrEqual(policy.retry.maxMs)
      } catch (error) {
        if (!isTokenManagerError(error)) throw error
        expect(error.code).toBe('invalid_option')
      }
    },
  )
  expect(resolved).toBeGreaterThan(20)
})
