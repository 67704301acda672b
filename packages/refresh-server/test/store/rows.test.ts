import fc from 'fast-check'
import { expect, it } from 'vitest'
import { FUZZ_TIMEOUT_MS, fuzz } from '../../../../test/support/fuzz.ts'
import { junk, text } from '../../../../test/support/junk.ts'
import * as redis from '../../src/store/redis-rows.ts'
import * as sqlite from '../../src/store/sqlite-rows.ts'
import { unlessRefused } from '../support/refused.ts'

const timed = { timeout: FUZZ_TIMEOUT_MS }
const read = <T>(reading: () => T) => unlessRefused([TypeError, SyntaxError], reading)

/** The members that should be instants but are not. */
function wrongInstants(record: object, ...names: string[]): string[] {
  const members = new Map(Object.entries(record))
  return names.filter((name) => members.has(name) && !Number.isFinite(members.get(name)))
}

const FAMILY = { id: 'f', username: 'amara', createdAt: '1', expiresAt: '2', lastUsedAt: '1', version: '0' }
const TOKEN = { familyId: 'f', expiresAt: '2', predecessorHash: 'h' }
const OFFER = { replayKey: 'k', replaySealed: 'AAAA', replayExpiresAt: '2' }
const INSTANTS = ['createdAt', 'expiresAt', 'lastUsedAt', 'revokedAt', 'usedAt']

const value = fc.oneof(
  text,
  fc.integer().map(String),
  fc.constantFrom('', '1e999', 'NaN', 'cookie', 'reuse', '9'.repeat(20)),
)
function row(whole: Record<string, string>, ...more: string[]) {
  const names = fc.constantFrom(...Object.keys(whole), ...more)
  return fc.dictionary(names, value, { maxKeys: 2 }).map((odd) => Object.entries({ ...whole, ...odd }).flat())
}
const rows = fc.tuple(
  row(TOKEN, 'usedAt', '__proto__'),
  row(FAMILY, 'revokedAt', 'revokedBecause', 'accessTokenIn'),
  fc.oneof(row(OFFER), fc.constant([])),
)
const replies = fc.oneof(junk, fc.array(fc.oneof(junk, value)), rows, rows)

it('any reply of Redis is a token with its session, undefined, or a TypeError', timed, () => {
  let found = 0
  fuzz(replies, (reply) => {
    const { presented } = read(() => redis.toFound('hash', reply)) ?? {}
    if (!presented) return
    found++
    const { token, family } = presented
    expect([wrongInstants(token, ...INSTANTS), wrongInstants(family, ...INSTANTS)]).toEqual([[], []])
    if (token.replay) expect(wrongInstants(token.replay, 'expiresAt')).toEqual([])
  })
  expect(found).toBeGreaterThan(100)
})

it('any list of sessions of Redis is complete, or a TypeError', timed, () => {
  let found = 0
  fuzz(fc.oneof(junk, fc.array(row(FAMILY, 'revokedAt', 'accessTokenIn'), { maxLength: 3 })), (reply) => {
    for (const family of read(() => redis.toFamilies(reply)) ?? []) {
      found++
      expect([typeof family.id, wrongInstants(family, ...INSTANTS)]).toEqual(['string', []])
    }
  })
  expect(found).toBeGreaterThan(100)
})

it('any note of Redis is complete, or an error', timed, () => {
  const note = { id: 1, patientId: 'p01', author: 'amara', text: 'stable', createdAt: 1 }
  const members = fc.oneof(fc.integer(), fc.string(), fc.constantFrom(null, [], {}))
  const odd = fc.dictionary(fc.constantFrom(...Object.keys(note)), members, { maxKeys: 1 })
  const lines = fc.oneof(
    odd.map((more) => JSON.stringify({ ...note, ...more })),
    fc.json(),
    text,
  )
  let found = 0
  fuzz(lines, (line) => {
    const parsed = read(() => redis.toNote(line))
    if (!parsed) return
    found++
    const { id, patientId, author, text, createdAt } = parsed
    expect([id, patientId, author, text, createdAt].map((member) => typeof member)).toEqual([
      'number',
      'string',
      'string',
      'string',
      'number',
    ])
  })
  expect(found).toBeGreaterThan(100)
})

it('any row of SQLite is complete, or a TypeError', timed, () => {
  const columns = fc.constantFrom(
    ...[
      'id',
      'username',
      'created_at',
      'expires_at',
      'access_token_in',
      'last_used_at',
      'revoked_at',
      'hash',
      'used_at',
    ],
    ...['revoked_because', 'family_id', 'predecessor_hash', 'replay_key', 'replay_sealed', 'replay_expires_at'],
  )
  const whole = {
    ...{ id: 'f', username: 'amara', created_at: 1, expires_at: 2, last_used_at: 1, hash: 'h', family_id: 'f' },
    ...{ replay_key: 'k', replay_sealed: new Uint8Array(3), replay_expires_at: 2 },
  }
  const cell = fc.oneof(fc.string(), fc.integer(), fc.constant(null), fc.bigInt(), fc.constant(new Uint8Array(2)))
  let found = 0
  fuzz(fc.dictionary(columns, cell, { maxKeys: 3 }), (odd) => {
    for (const reading of [sqlite.toFamily, sqlite.toToken]) {
      const record = read(() => reading({ ...whole, ...odd }))
      if (!record) continue
      found++
      expect(wrongInstants(record, ...INSTANTS)).toEqual([])
    }
  })
  expect(found).toBeGreaterThan(100)
})
