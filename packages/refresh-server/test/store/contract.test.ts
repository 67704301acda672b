import { randomUUID } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import type { ReplayOffer } from '../../src/tokens/family.ts'
import { START_AT } from '../support/test-server.ts'
import { addFamily, aFamily, aToken, change, HOUR_MS, NO_LIMIT, openTestStore, spendOnce } from './support.ts'

// The contract of every store. Runs on each store.

describe('a session', () => {
  it.each(['body', 'cookie'] as const)(
    'with the access token in the %s is found as it was added',
    async (accessTokenIn) => {
      const store = await openTestStore()
      const { family, first, ended } = await addFamily(store, { accessTokenIn, username: 'Åsa "Ö" \u0000 name' })
      expect(ended).toEqual([])
      expect(await store.findFamily(family.id)).toEqual(family)
      expect(await store.findToken(first.hash)).toEqual({ token: first, family })
    },
  )

  it('that was never added is not found', async () => {
    const store = await openTestStore()
    expect(await store.findFamily('none')).toBeUndefined()
    expect(await store.findToken('none')).toBeUndefined()
    expect(await store.liveFamiliesOf('nobody', START_AT)).toEqual([])
    expect(await store.revokeFamily('none', { at: START_AT, because: 'sign-out' })).toBe(false)
    expect(await store.exchange('none', change({ kind: 'revoke', at: START_AT, because: 'reuse' }))).toMatchObject({
      presented: undefined,
    })
  })

  it('is revoked only once, with the first cause', async () => {
    const store = await openTestStore()
    const { family, first } = await addFamily(store)
    expect(await store.revokeFamily(family.id, { at: START_AT + 1, because: 'sign-out' })).toBe(true)
    expect(await store.revokeFamily(family.id, { at: START_AT + 2, because: 'reuse' })).toBe(false)
    const revoked = { ...family, revokedAt: START_AT + 1, revokedBecause: 'sign-out' }
    expect(await store.findFamily(family.id)).toEqual(revoked)
    expect(await store.findToken(first.hash)).toMatchObject({ family: revoked })
  })
})

describe('the live sessions of a user', () => {
  it('are listed oldest first, without those that are expired, revoked, or of others', async () => {
    const store = await openTestStore()
    const [one, two, three, short] = [
      await addFamily(store, { createdAt: START_AT }),
      await addFamily(store, { createdAt: START_AT + 1 }),
      await addFamily(store, { createdAt: START_AT + 2 }),
      await addFamily(store, { createdAt: START_AT + 3, expiresAt: START_AT + HOUR_MS }),
    ]
    await addFamily(store, { username: 'ben' })
    await store.revokeFamily(two.family.id, { at: START_AT, because: 'sign-out' })
    const idsAt = async (at: number) => (await store.liveFamiliesOf('amara', at)).map(({ id }) => id)
    expect(await idsAt(START_AT + HOUR_MS - 1)).toEqual([one.family.id, three.family.id, short.family.id])
    expect(await idsAt(START_AT + HOUR_MS)).toEqual([one.family.id, three.family.id])
  })

  it('never exceed the limit: the oldest session of that user ends', async () => {
    const store = await openTestStore()
    const limit = { ...NO_LIMIT, maxSessions: 2 }
    const other = await addFamily(store, { username: 'ben' }, limit)
    const first = await addFamily(store, {}, limit)
    const second = await addFamily(store, {}, limit)
    const third = await addFamily(store, {}, limit)
    expect([...first.ended, ...second.ended]).toEqual([])
    expect(third.ended.map(({ id }) => id)).toEqual([first.family.id])
    expect(await store.findFamily(first.family.id)).toMatchObject({ revokedBecause: 'session-limit' })
    expect(await store.liveFamiliesOf('amara', START_AT)).toEqual([second.family, third.family])
    expect(await store.liveFamiliesOf('ben', START_AT)).toEqual([other.family])
  })

  it('do not count against the limit once they are expired or revoked', async () => {
    const store = await openTestStore()
    const limit = { maxSessions: 2, at: START_AT + HOUR_MS }
    await addFamily(store, { expiresAt: START_AT + HOUR_MS })
    const { family } = await addFamily(store)
    await store.revokeFamily(family.id, { at: START_AT, because: 'sign-out' })
    expect((await addFamily(store, {}, limit)).ended).toEqual([])
    expect((await addFamily(store, {}, limit)).ended).toEqual([])
  })

  it('never exceed the limit with many concurrent sign-ins', async () => {
    const store = await openTestStore()
    const limit = { ...NO_LIMIT, maxSessions: 3 }
    const added = await Promise.all(Array.from({ length: 20 }, () => addFamily(store, {}, limit)))
    expect(await store.liveFamiliesOf('amara', START_AT)).toHaveLength(3)
    expect(added.flatMap(({ ended }) => ended)).toHaveLength(17)
  })
})

describe('an exchange', () => {
  const offer: ReplayOffer = {
    idempotencyKey: 'a key',
    sealedSuccessor: Uint8Array.from([0, 255, 13, 10]),
    expiresAt: START_AT + HOUR_MS,
  }

  it('spends the token, adds its successor, and keeps the replay offer until the successor is used with another key', async () => {
    const store = await openTestStore()
    const { family, first } = await addFamily(store)
    const second = aToken(family, { predecessorHash: first.hash, expiresAt: START_AT + 2 * HOUR_MS })
    const third = aToken(family, { predecessorHash: second.hash })
    const rotate = { kind: 'rotate' as const, replay: offer }

    await store.exchange(first.hash, change({ ...rotate, at: START_AT + 5, usedAt: START_AT + 5, successor: second }))
    const used = { ...family, lastUsedAt: START_AT + 5 }
    const found = await store.findToken(first.hash)
    expect(found).toMatchObject({ token: { ...first, usedAt: START_AT + 5 }, family: used })
    const { sealedSuccessor, ...rest } = found?.token.replay ?? offer
    expect([...sealedSuccessor]).toEqual([...offer.sealedSuccessor])
    expect(rest).toEqual({ idempotencyKey: 'a key', expiresAt: offer.expiresAt })
    expect(await store.findToken(second.hash)).toEqual({ token: second, family: used })

    const next = { ...rotate, at: START_AT + 9, usedAt: START_AT + 9, replay: { ...offer, idempotencyKey: 'another' } }
    await store.exchange(second.hash, change({ ...next, successor: third }))
    expect((await store.findToken(first.hash))?.token).toEqual({ ...first, usedAt: START_AT + 5 })
    expect((await store.findToken(second.hash))?.token.replay).toBeDefined()
    expect((await store.findFamily(family.id))?.lastUsedAt).toBe(START_AT + 9)
  })

  it.each([
    ['another key', 'another'],
    ['no key', undefined],
  ])('keeps all replay offers of one key, and withdraws them once their successor is used with %s', async (_, last) => {
    const store = await openTestStore()
    const { family, first } = await addFamily(store)
    const tokens = [first]
    const rotate = async (key: string | undefined) => {
      const spent = tokens.at(-1) ?? first
      const successor = aToken(family, { predecessorHash: spent.hash })
      const at = START_AT + tokens.length
      const replay = key === undefined ? {} : { replay: { ...offer, idempotencyKey: key } }
      await store.exchange(spent.hash, change({ kind: 'rotate', at, usedAt: at, successor, ...replay }))
      tokens.push(successor)
    }
    const offers = () =>
      Promise.all(tokens.map(async ({ hash }) => (await store.findToken(hash))?.token.replay?.idempotencyKey))
    for (const key of ['older', 'a key', 'a key', 'a key']) await rotate(key)
    expect(await offers()).toEqual([undefined, 'a key', 'a key', 'a key', undefined])
    await rotate(last)
    expect(await offers()).toEqual([undefined, undefined, undefined, undefined, last, undefined])
  })

  it('can rotate a spent token again, with the offer of the newer successor', async () => {
    const store = await openTestStore()
    const { family, first } = await addFamily(store)
    for (const at of [START_AT + 1, START_AT + 2]) {
      const successor = aToken(family, { predecessorHash: first.hash })
      await store.exchange(
        first.hash,
        change({ kind: 'rotate', at, usedAt: START_AT + 1, successor, ...(at === START_AT + 1 && { replay: offer }) }),
      )
      expect(await store.findToken(successor.hash)).toBeDefined()
    }
    expect((await store.findToken(first.hash))?.token).toEqual({ ...first, usedAt: START_AT + 1 })
  })

  it('can change nothing, record a use, or revoke', async () => {
    const store = await openTestStore()
    const { family, first } = await addFamily(store)
    await store.exchange(first.hash, change({ kind: 'none' }))
    expect(await store.findToken(first.hash)).toEqual({ token: first, family })
    await store.exchange(first.hash, change({ kind: 'keep', at: START_AT + 7 }))
    await store.exchange(first.hash, change({ kind: 'keep', at: START_AT + 3 }))
    expect(await store.findToken(first.hash)).toEqual({ token: first, family: { ...family, lastUsedAt: START_AT + 7 } })
    await store.exchange(first.hash, change({ kind: 'revoke', at: START_AT + 8, because: 'reuse' }))
    expect(await store.findFamily(family.id)).toMatchObject({ revokedAt: START_AT + 8, revokedBecause: 'reuse' })
    expect(await store.liveFamiliesOf('amara', START_AT)).toEqual([])
  })

  it('is atomic: of many concurrent exchanges of one token one wins, on every connection', async () => {
    const stores = [await openTestStore(), await openTestStore()]
    const [store = await openTestStore(), other = store] = stores
    const { family, first } = await addFamily(store)
    // A store in memory cannot be opened twice.
    const everywhere = (await other.findToken(first.hash)) === undefined ? [store] : stores
    const successors = Array.from({ length: 40 }, () => aToken(family, { predecessorHash: first.hash }))
    const outcomes = await Promise.all(
      successors.map((successor, i) => spendOnce(everywhere[i % everywhere.length] ?? store, first, successor)),
    )
    expect(outcomes.filter(({ won }) => won)).toHaveLength(1)
    const found = await Promise.all(successors.map(({ hash }) => store.findToken(hash)))
    expect(found.map((presented) => presented !== undefined)).toEqual(outcomes.map(({ won }) => won))
  })

  it('is atomic: a decision about a session that ends meanwhile is repeated', async () => {
    const store = await openTestStore()
    const { family, first } = await addFamily(store)
    const successor = aToken(family, { predecessorHash: first.hash })
    const seen: unknown[] = []
    const [, ended] = await Promise.all([
      store.exchange(first.hash, (presented) => {
        seen.push(presented?.family.revokedBecause)
        return {
          change:
            presented?.family.revokedAt === undefined
              ? { kind: 'rotate', at: START_AT, usedAt: START_AT, successor }
              : { kind: 'none' },
        }
      }),
      store.revokeFamily(family.id, { at: START_AT, because: 'sign-out' }),
    ])
    expect(ended).toBe(true)
    const rotated = (await store.findToken(successor.hash)) !== undefined
    expect(rotated ? undefined : 'sign-out').toBe(seen.at(-1))
  })
})

it('keeps notes per patient, oldest first, each with an id of its own', async () => {
  const store = await openTestStore()
  const note = (patientId: string, text: string) => ({ patientId, text, author: 'amara', createdAt: START_AT })
  const one = await store.addNote(note('p01', 'one \u0000 "two"'))
  const two = await store.addNote(note('p01', 'zwei'))
  await store.addNote(note('p02', 'other'))
  expect(await store.notesOf('p01')).toEqual([one, two])
  expect(one).toMatchObject(note('p01', 'one \u0000 "two"'))
  expect(two.id).toBeGreaterThan(one.id)
  expect(await store.notesOf('p03')).toEqual([])
})

it('answers calls from before it is ready', async () => {
  const store = await openTestStore()
  const family = aFamily()
  const [, found] = await Promise.all([store.ready(), store.findFamily(family.id)])
  expect(found).toBeUndefined()
})

describe('a counter', () => {
  it('counts each key in a window of its own', async () => {
    const store = await openTestStore()
    const counter = store.newCounter({ name: randomUUID(), windowMs: 60_000 })
    expect(await counter.read('one')).toEqual({ count: 0, endsInMs: 0 })
    const first = await counter.add('one')
    expect(first.count).toBe(1)
    expect(first.endsInMs).toBeGreaterThan(50_000)
    expect(first.endsInMs).toBeLessThanOrEqual(60_000)
    await counter.add('one')
    expect((await counter.add('other')).count).toBe(1)
    expect((await counter.read('one')).count).toBe(2)
    expect((await counter.subtract('one')).count).toBe(1)
    await counter.reset('one')
    expect((await counter.read('one')).count).toBe(0)
  })

  it('is separate from counters of other names, and starts again when its window ends', async () => {
    const store = await openTestStore()
    const [brief, long] = [1_000, 60_000].map((windowMs) => store.newCounter({ name: randomUUID(), windowMs }))
    await Promise.all([brief?.add('key'), long?.add('key'), long?.add('key')])
    await expect.poll(async () => (await brief?.read('key'))?.count, { timeout: 5_000 }).toBe(0)
    expect((await long?.read('key'))?.count).toBe(2)
  })

  it('loses none of many concurrent counts', async () => {
    const store = await openTestStore()
    const counter = store.newCounter({ name: randomUUID(), windowMs: 60_000 })
    const tallies = await Promise.all(Array.from({ length: 50 }, () => counter.add('key')))
    expect(tallies.map(({ count }) => count).sort((a, b) => a - b)).toEqual(Array.from({ length: 50 }, (_, i) => i + 1))
  })
})
