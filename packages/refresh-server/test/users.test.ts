import crypto from 'node:crypto'
import { syncBuiltinESMExports } from 'node:module'
import { expect, it, onTestFinished, vi } from 'vitest'
import { createUsers, DEMO_USERS } from '../src/users/users.ts'

/** Watches `scrypt`, also for modules that have imported it already. */
function watchScrypt() {
  const scrypt = vi.spyOn(crypto, 'scrypt')
  syncBuiltinESMExports()
  onTestFinished(() => {
    scrypt.mockRestore()
    syncBuiltinESMExports()
  })
  return scrypt
}

it('does the same work for an unknown username as for a wrong password', async () => {
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

it('knows nothing of the password hash outside', () => {
  expect(createUsers(DEMO_USERS).find('amara')).toEqual({
    username: 'amara',
    name: 'Dr Amara Okafor',
    roles: ['clinician'],
  })
  expect(createUsers(DEMO_USERS).find('nobody')).toBeUndefined()
})
