import { generateKeyPairSync, randomBytes } from 'node:crypto'
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { FUZZ_TIMEOUT_MS, fuzz } from '../../../../test/support/fuzz.ts'
import { junk, junkUnder, text } from '../../../../test/support/junk.ts'
import { parseKeySet } from '../../src/cli/files.ts'
import { InvalidConfigurationError } from '../../src/errors.ts'
import { readSigningKey } from '../../src/tokens/signing-keys.ts'
import { unlessRefused } from '../support/refused.ts'

const timed = { timeout: FUZZ_TIMEOUT_MS }
const ec = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey.export({ format: 'jwk' })
const rsa = generateKeyPairSync('rsa', { modulusLength: 2_048 }).privateKey.export({ format: 'jwk' })
const whole = [
  { ...ec, kid: 'ec', alg: 'ES256' },
  { ...rsa, kid: 'rsa', alg: 'RS256' },
  { kty: 'oct', k: randomBytes(32).toString('base64url'), kid: 'oct', alg: 'HS256' },
]
const NAMES = [...new Set(whole.flatMap((key) => Object.keys(key)))]
const secrets = [ec.d, rsa.d, whole[2]?.k].map(String)

const value = fc.oneof(
  text,
  junk,
  fc.constantFrom('EC', 'RSA', 'oct', 'P-384', 'HS256', 'ES256', 'RS256', 'none', '', ec.x, rsa.n),
  fc.base64String().map((base64) => base64.replaceAll('=', '')),
)
const jwks = fc
  .tuple(fc.constantFrom(...whole), fc.dictionary(fc.constantFrom(...NAMES), value, { maxKeys: 2 }))
  .map(([key, changes]) => ({ ...key, ...changes }))

it('any JWK signs with its own algorithm, or is refused with the problem', timed, () => {
  let usable = 0
  fuzz(jwks, (jwk) => {
    const key = readSigningKey(jwk as Parameters<typeof readSigningKey>[0])
    if (typeof key === 'string') {
      expect(key).toMatch(/^(is|has|must) [\w ("):,]+/)
      expect(secrets.filter((secret) => key.includes(secret))).toEqual([])
      return
    }
    usable++
    const { d, k, p } = { ...key.published }
    expect([key.kid, key.algorithm, d, k, p]).toEqual([jwk.kid, jwk.alg, undefined, undefined, undefined])
  })
  expect(usable).toBeGreaterThan(100)
})

it('any content of a keys file is a list of JWKs, or is refused in one line', timed, () => {
  const sets = fc.record({
    keys: fc.oneof(fc.jsonValue(), fc.array(fc.oneof(jwks, junkUnder(['kty'])), { maxLength: 3 })),
  })
  let taken = 0
  fuzz(fc.oneof(fc.jsonValue(), sets), (content) => {
    const keys = unlessRefused([InvalidConfigurationError], () => parseKeySet(content))
    if (keys === undefined) return
    taken++
    expect(keys.every(({ kty }) => typeof kty === 'string')).toBe(true)
  })
  expect(taken).toBeGreaterThan(100)
})
