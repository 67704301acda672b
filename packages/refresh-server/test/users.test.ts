import { scrypt } from 'node:crypto'
import { expect, it, vi } from 'vitest'
import { createUsers, DEMO_USERS } from '../src/users/users.ts'

vi.mock('node:crypto', async (importOriginal) => {
  const original = await importOriginal<typeof import('node:crypto')>()
  return { ...original, scrypt: vi.fn(original.scrypt) }
})

it('does the same work for an unknown username as for a wrong password', async () => {
  const users = createUsers(DEMO_USERS)
  expect(await users.verify('amara', 'wrong')).toBeUndefined()
  expect(await users.verify('nobody', 'wrong')).toBeUndefined()
  const [known, unknown, ...more] = vi.mocked(scrypt).mock.calls
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
