import fc from 'fast-check'
import { expect, it } from 'vitest'
import { FUZZ_TIMEOUT_MS, fuzz } from '../../../../test/support/fuzz.ts'
import { junk, junkUnder, text } from '../../../../test/support/junk.ts'
import { parseUsers } from '../../src/cli/files.ts'
import { InvalidConfigurationError } from '../../src/errors.ts'
import { isPasswordHash } from '../../src/users/passwords.ts'
import { DEMO_USERS } from '../../src/users/users.ts'
import { unlessRefused } from '../support/refused.ts'

const timed = { timeout: FUZZ_TIMEOUT_MS }
const [amara] = DEMO_USERS
const HASH = String(amara?.passwordHash)

const number = fc.oneof(fc.integer({ min: -1, max: 120 }).map(String), fc.constantFrom('', '1e3', '014', '99'))
const base64 = fc.oneof(fc.base64String({ maxLength: 100 }), fc.constantFrom(...HASH.split('$').slice(-2), '='))
const hashes = fc.oneof(
  fc
    .record({ ln: number, r: number, p: number, salt: base64, key: base64 })
    .map(
      ({ ln, r, p, salt, key }) =>
        `$scrypt$ln=${ln},r=${r},p=${p}$${salt.replace(/=+$/, '')}$${key.replace(/=+$/, '')}`,
    ),
  fc.tuple(fc.nat({ max: HASH.length }), text).map(([at, odd]) => HASH.slice(0, at) + odd + HASH.slice(at + 1)),
  text,
)

it('a password hash has a bounded cost, or is invalid', timed, () => {
  let taken = 0
  fuzz(hashes, (hash) => {
    if (!isPasswordHash(hash)) return
    taken++
    const [, ln, r, p] = (/^\$scrypt\$ln=(\d+),r=(\d+),p=(\d+)\$/.exec(hash) ?? []).map(Number)
    expect([ln, r, p].every((cost) => cost !== undefined && cost >= 1)).toBe(true)
    expect(128 * Number(r) * 2 ** Number(ln)).toBeLessThanOrEqual(2 ** 28)
  })
  expect(taken).toBeGreaterThan(20)
})

it('any content of a users file is a list of users, or is refused in one line', timed, () => {
  const NAMES = ['username', 'name', 'roles', 'passwordHash']
  const value = fc.oneof(text, junk, hashes, fc.constantFrom(HASH, 'x'.repeat(201)), fc.array(text, { maxLength: 2 }))
  const user = fc.dictionary(fc.constantFrom(...NAMES), value, { maxKeys: 2 }).map((odd) => ({ ...amara, ...odd }))
  let taken = 0
  fuzz(fc.oneof(fc.jsonValue(), fc.array(fc.oneof(user, junkUnder(NAMES)), { maxLength: 2 })), (content) => {
    const users = unlessRefused([InvalidConfigurationError], () => parseUsers(content))
    for (const { username, roles, passwordHash } of users ?? []) {
      taken++
      expect(username.length).toBeLessThanOrEqual(200)
      expect([roles.every((role) => typeof role === 'string'), isPasswordHash(passwordHash)]).toEqual([true, true])
    }
  })
  expect(taken).toBeGreaterThan(20)
})
