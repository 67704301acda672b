import crypto from 'node:crypto'
import { syncBuiltinESMExports } from 'node:module'
import { expect, it, onTestFinished, vi } from 'vitest'
import { hashPassword, isPasswordHash } from '../../src/users/passwords.ts'
import { createUsers, DEMO_USERS } from '../../src/users/users.ts'

/** Observes calls of `scrypt`, even in modules that imported it before. */
function watchScrypt() {
  const scrypt = vi.spyOn(crypto, 'scrypt')
  syncBuiltinESMExports()
  onTestFinished(() => {
    scrypt.mockRestore()
    syncBuiltinESMExports()
  })
  return scrypt
}

it('an unknown username takes as much work as a wrong password', async () => {
  const scrypt = watchScrypt()
  const users = createUsers(DEMO_USERS)
  expect(await users.verify('amara', 'wrong')).toBeUndefined()
  expect(await users.verify('nobody', 'wrong')).toBeUndefined()
  const [known, unknown, ...more] = scrypt.mock.calls
  const costOf = (call: readonly unknown[] | undefined) => [call?.[0], call?.[2], call?.[3]]
  expect(costOf(unknown)).toEqual(costOf(known))
  expect(costOf(known)).toEqual(['wrong', 32, expect.objectContaining({ N: 2 ** 14, r: 8, p: 5 })])
  expect(more).toEqual([])
})

it('a user never includes the password hash', () => {
  expect(createUsers(DEMO_USERS).find('amara')).toEqual({
    username: 'amara',
    name: 'Dr Amara Okafor',
    roles: ['clinician'],
  })
  expect(createUsers(DEMO_USERS).find('nobody')).toBeUndefined()
})

it('an unknown username takes as much work as the slowest hash of the users', async () => {
  const passwordHash = await hashPassword('pw', { ln: 5, r: 4, p: 3 })
  const cheaper = await hashPassword('pw', { ln: 6, r: 1, p: 1 })
  const user = { name: 'A', roles: ['clinician'] }
  const users = createUsers([
    { ...user, username: 'ben', passwordHash: cheaper },
    { ...user, username: 'amara', passwordHash },
  ])
  const scrypt = watchScrypt()
  expect(await users.verify('nobody', 'pw')).toBeUndefined()
  expect(scrypt.mock.calls).toEqual([
    ['pw', expect.anything(), 32, expect.objectContaining({ N: 2 ** 5, r: 4, p: 3 }), expect.anything()],
  ])
})

it.each([
  ['ln=15,r=1,p=1', true],
  ['ln=16,r=1,p=1', false],
  ['ln=31,r=2,p=1', false],
  ['ln=0,r=8,p=1', false],
])('accepts a hash with %s: %s, as scrypt does', (parameters, isOne) => {
  expect(isPasswordHash(`$scrypt$${parameters}$${'A'.repeat(22)}$${'A'.repeat(43)}`)).toBe(isOne)
})
