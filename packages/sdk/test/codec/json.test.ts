import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { FUZZ_TIMEOUT_MS, fuzz } from '../../../../test/support/fuzz.ts'
import { junk, text } from '../../../../test/support/junk.ts'
import { isClaims, membersOf, parseJson } from '../../src/codec/json.ts'

describe('claims', () => {
  test.each([
    ['bigint', { exp: 1n }],
    ['function', { toJSON: () => 'x' }],
    ['symbol', { sub: Symbol('amara') }],
    ['bytes', { roles: new Uint8Array(1) }],
    ['an array that is long and holds nothing', { roles: new Array(4_000_000_000) }],
  ])('are what JSON can hold, in a bounded size: no %s', (_, claims) => {
    expect(isClaims(claims)).toBe(false)
  })

  test('that are many are fine up to what a token may have', () => {
    const claims = (roles: number) => ({ roles: Array.from({ length: roles }, (_, role) => role) })
    expect(isClaims(claims(32_000))).toBe(true)
    expect(isClaims(claims(33_000))).toBe(false)
  })

  test('of any kind can be stored, or are none', { timeout: FUZZ_TIMEOUT_MS }, () => {
    const values = fc.dictionary(fc.string(), fc.oneof(fc.jsonValue(), junk), { maxKeys: 4 })
    let taken = 0
    fuzz(fc.oneof(junk, values), (value) => {
      if (!isClaims(value)) return
      taken++
      expect(JSON.stringify(value).length).toBeLessThan(1_000_000)
    })
    expect(taken).toBeGreaterThan(100)
  })
})

test('any text is JSON or nothing, and its members are its own', { timeout: FUZZ_TIMEOUT_MS }, () => {
  const inputs = fc.oneof(fc.json(), text, fc.constant('{"__proto__":{"v":1}}'))
  fuzz(inputs, (input) => {
    const members = membersOf(parseJson(input))
    if (members) expect(Object.getPrototypeOf(members)).toBe(null)
    expect(members?.toString).toBe(Object.hasOwn(members ?? {}, 'toString') ? members?.toString : undefined)
  })
})
