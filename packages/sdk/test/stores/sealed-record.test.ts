import fc from 'fast-check'
import { expect, test } from 'vitest'
import { FUZZ_TIMEOUT_MS, fuzz, fuzzLater } from '../../../../test/support/fuzz.ts'
import { junk, junkUnder } from '../../../../test/support/junk.ts'
import { createKey, parseSealedRecord, seal, unseal } from '../../src/stores/sealed-record.ts'
import { record } from '../support/record.ts'

const session = record({ accessToken: 'SECRET', claims: { name: 'Åmara', roles: ['nurse'] } })
const key = await createKey()
const sealed = await seal(session, 'ward', key)
const names = Object.keys(sealed)

test('what is sealed is parsed as it is, and opens to what it was', async () => {
  expect(parseSealedRecord(sealed, 'ward')).toEqual(sealed)
  expect(await unseal(sealed)).toEqual(session)
})

test.each([{ v: 0 }, { v: 2 }, { name: 'lab' }])('of another version or name it is none: %j', (change) => {
  expect(parseSealedRecord({ ...sealed, ...change }, 'ward')).toBeUndefined()
})

test.each(names)('without %s it is none', (name) => {
  const { [name]: _, ...rest } = Object.fromEntries(Object.entries(sealed))
  expect(parseSealedRecord(rest, 'ward')).toBeUndefined()
})

test('members that nobody knows are lost', () => {
  expect(parseSealedRecord({ ...sealed, extra: 1 }, 'ward')).toEqual(sealed)
})

test('opens under its own header and key only', async () => {
  const other = await createKey()
  const changes = [{ key: other }, { name: 'lab' }, { epoch: 2 }, { sid: 's2' }, { generation: 2 }]
  for (const change of changes) {
    await expect(unseal({ ...sealed, ...change })).rejects.toMatchObject({ name: 'OperationError' })
  }
})

test(
  'a byte that changed, wherever it lies: none of it is given out',
  async () => {
    const lastByte = sealed.sealed.byteLength - 1
    const byte = fc.record({ at: fc.nat(lastByte), by: fc.integer({ min: 1, max: 255 }) })
    await fuzzLater(byte, async ({ at, by }) => {
      const bytes = new Uint8Array(sealed.sealed.slice(0))
      bytes[at] = (bytes[at] ?? 0) ^ by
      await expect(unseal({ ...sealed, sealed: bytes.buffer })).rejects.toMatchObject({ name: 'OperationError' })
    })
  },
  FUZZ_TIMEOUT_MS,
)

test(
  'junk is none, or a record whose members are what they are to be',
  () => {
    const inputs = fc.oneof(
      junk,
      junkUnder(names),
      junkUnder(names).map((members) => ({ ...sealed, ...members })),
      fc.subarray(names).map((kept) => Object.fromEntries(kept.map((name) => [name, Reflect.get(sealed, name)]))),
    )
    fuzz(inputs, (input) => {
      const parsed = parseSealedRecord(input, 'ward')
      if (!parsed) return
      expect(Object.keys(parsed)).toEqual(names)
      expect(parsed).toMatchObject({ v: 1, name: 'ward', key })
      expect(parsed.nonce).toHaveLength(12)
    })
    expect({}).not.toHaveProperty('polluted')
  },
  FUZZ_TIMEOUT_MS,
)

test('an object that throws when it is read is none', () => {
  const trap = () => {
    throw new Error('trapped')
  }
  expect(parseSealedRecord(new Proxy({}, { get: trap, has: trap, ownKeys: trap }), 'ward')).toBeUndefined()
})
