import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { AuditEntry } from '../../src/audit/entry.ts'
import type { Period } from '../../src/audit/trail.ts'
import { DAY_MS } from '../../src/duration.ts'
import type { Store } from '../../src/store/store.ts'
import { START_AT } from '../support/test-server.ts'
import { addFamily, aToken, change, openTestStore } from './support.ts'

// The contract of every audit trail. Runs on each store.

const EVER: Period = { from: 0, until: Number.MAX_SAFE_INTEGER }

function anEntry(changes: Partial<AuditEntry> = {}): AuditEntry {
  return { at: START_AT, operation: 'refresh', outcome: 'ok', detail: 'rotated', ...changes }
}

const full = anEntry({
  username: 'Åsa "Ö" name',
  address: '2001:db8::1',
  sessionId: 'session',
  sessionCreatedAt: START_AT - 5,
  presented: '0123456789abcdef',
  issued: 'fedcba9876543210',
})

async function readAll({ audit }: Pick<Store, 'audit'>, period = EVER): Promise<AuditEntry[]> {
  const entries: AuditEntry[] = []
  for await (const entry of audit.read(period)) entries.push(entry)
  return entries
}

describe('the audit trail', () => {
  it('returns entries in the order of their recording', async () => {
    const store = await openTestStore()
    expect(await readAll(store)).toEqual([])
    const nobody = anEntry({ operation: 'sign-in', outcome: 'refused', detail: 'invalid_credentials', times: 1_000 })
    await store.audit.append([])
    await store.audit.append([full, { ...nobody, address: '10.0.0.1' }])
    await store.audit.append([{ ...full, at: START_AT + 1, address: '10.0.0.2' }, nobody])
    const trail = await readAll(store)
    expect(trail.toSorted((a, b) => a.at - b.at)).toEqual([
      full,
      { ...nobody, address: '10.0.0.1' },
      nobody,
      { ...full, at: START_AT + 1, address: '10.0.0.2' },
    ])
  })

  it('returns any entry unchanged', async () => {
    const text = fc.string({ minLength: 1, maxLength: 40, unit: 'grapheme' })
    const entry: fc.Arbitrary<AuditEntry> = fc.record(
      {
        at: fc.integer({ min: 1, max: 4_102_444_800_000 }),
        operation: fc.constantFrom('sign-in', 'refresh', 'session-end', 'validate', 'access', 'erase'),
        outcome: fc.constantFrom('ok', 'refused'),
        detail: text,
        username: text,
        address: text,
        sessionId: text,
        sessionCreatedAt: fc.integer({ min: 0, max: 4_102_444_800_000 }),
      },
      { requiredKeys: ['at', 'operation', 'outcome', 'detail'] },
    )
    const store = await openTestStore()
    await fc.assert(
      fc.asyncProperty(entry, async (made) => {
        const before = (await readAll(store)).length
        await store.audit.append([made])
        const found = await readAll(store, { from: made.at, until: made.at + 1 })
        expect(found).toContainEqual(made)
        expect(await readAll(store)).toHaveLength(before + 1)
      }),
      { numRuns: 40 },
    )
  })

  it('returns a period from its first instant to before its last, even with different clocks', async () => {
    const store = await openTestStore()
    for (const offset of [0, 10, 5, 20, 15]) await store.audit.append([anEntry({ at: START_AT + offset })])
    const found = await readAll(store, { from: START_AT + 5, until: START_AT + 20 })
    expect(found.map(({ at }) => at - START_AT).sort((a, b) => a - b)).toEqual([5, 10, 15])
  })

  it('returns each entry once over several batches', async () => {
    const store = await openTestStore()
    const many = Array.from({ length: 1_203 }, (_, index) => anEntry({ sessionId: `${index}`, username: 'amara' }))
    await store.audit.append(many)
    expect((await readAll(store)).map(({ sessionId }) => sessionId)).toEqual(many.map(({ sessionId }) => sessionId))
  })

  it('records the entries of a change with the change, and none if nothing changed', async () => {
    const store = await openTestStore()
    const { family, first } = await addFamily(store)
    const second = aToken(family)
    const rotate = change({ kind: 'rotate', at: START_AT, usedAt: START_AT, successor: second })
    const saying = (made: typeof rotate, detail: string) => () => ({
      ...made(undefined),
      entries: [anEntry({ ...full, detail })],
    })
    await store.exchange(first.hash, saying(rotate, 'rotated'))
    await store.exchange('none', saying(rotate, 'of no session'))
    await store.exchange(second.hash, saying(change({ kind: 'none' }), 'nothing'))
    await store.exchange(second.hash, saying(change({ kind: 'keep', at: START_AT }), 'kept'))
    await store.exchange(second.hash, saying(change({ kind: 'revoke', at: START_AT, because: 'reuse' }), 'reused'))
    expect((await readAll(store)).map(({ detail }) => detail)).toEqual(['rotated', 'kept', 'reused'])
  })

  it('records one entry for each of many concurrent changes', async () => {
    const store = await openTestStore()
    const { first } = await addFamily(store)
    const keep = () => ({ change: { kind: 'keep' as const, at: START_AT }, entries: [full] })
    await Promise.all(Array.from({ length: 20 }, () => store.exchange(first.hash, keep)))
    expect(await readAll(store)).toEqual(Array(20).fill(full))
  })
})

describe('an erased user', () => {
  it('has one pseudonym and no address in all entries, and other users stay', async () => {
    const store = await openTestStore()
    const ben = { ...full, username: 'ben' }
    await store.audit.append([full, { ...full, address: '10.0.0.1' }, ben])
    const foretold = await store.audit.pseudonymOf(full.username ?? '')
    const pseudonym = await store.audit.eraseUser(full.username ?? '')
    expect(pseudonym).toMatch(/^erased-\d+$/)
    expect(foretold).toBe(pseudonym)
    expect(await store.audit.pseudonymOf(full.username ?? '')).toBeUndefined()
    const { username: _, address: __, ...rest } = full
    const erased = { ...rest, username: pseudonym }
    expect(await readAll(store)).toEqual([erased, erased, ben])
  })

  it('gets a new pseudonym if the name is used again', async () => {
    const store = await openTestStore()
    await store.audit.append([full])
    const first = await store.audit.eraseUser(full.username ?? '')
    await store.audit.append([full])
    expect((await readAll(store)).map(({ username }) => username)).toEqual([first, full.username])
    const second = await store.audit.eraseUser(full.username ?? '')
    expect(second).not.toBe(first)
    expect((await readAll(store)).map(({ username }) => username)).toEqual([first, second])
  })

  it('has no pseudonym without an entry', async () => {
    const store = await openTestStore()
    await store.audit.append([full])
    expect(await store.audit.eraseUser('nobody')).toBeUndefined()
    expect(await readAll(store)).toEqual([full])
  })
})

describe('retention', () => {
  it('removes only older entries, in batches', async () => {
    const store = await openTestStore()
    const old = Array.from({ length: 1_100 }, () => ({ ...full, username: 'ben' }))
    await store.audit.append(old)
    const kept = { ...full, at: START_AT + 10 * DAY_MS }
    await store.audit.append([kept])
    await store.audit.removeBefore(START_AT)
    expect(await readAll(store)).toHaveLength(1_101)
    await store.audit.removeBefore(START_AT + 1)
    expect(await readAll(store)).toEqual([kept])
    await store.audit.removeBefore(kept.at)
    expect(await readAll(store)).toEqual([kept])
    await store.audit.removeBefore(kept.at + 1)
    expect(await readAll(store)).toEqual([])
  })
})
