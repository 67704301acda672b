import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { FUZZ_TIMEOUT_MS, fuzz } from '../../../../test/support/fuzz.ts'
import { junk, junkUnder } from '../../../../test/support/junk.ts'
import { readHealth, readNotDue, readStats, readValidation, serviceData } from '../../src/codec/service-answer.ts'
import { isTokenManagerError } from '../../src/errors.ts'

const validation = { isValid: true, isExpired: false, needsRefresh: false, timeUntilExpiry: 500 }
const session = { sessionId: 's1', createdAt: 1, lastUsedAt: 2, expiresAt: 3, current: true }
const stats = { userId: 'amara', activeSessions: 1, maxConcurrentSessions: 10, sessions: [session] }

function problemOf(read: () => unknown): string {
  try {
    read()
  } catch (error) {
    if (isTokenManagerError(error) && error.code === 'invalid_response') return error.message
    throw error
  }
  throw new Error('It was understood.')
}

describe('what is missing or wrong is named, and never shown', () => {
  test.each(Object.keys(validation))('validation: %s', (name) => {
    for (const value of [undefined, null, 's3cr3t', {}, Number.NaN]) {
      const problem = problemOf(() => readValidation({ ...validation, [name]: value }))
      expect(problem).toBe(`session service: ${name} is missing or wrong`)
    }
  })

  test.each(['expiresAt', 'userId'])('validation: %s may be absent but not wrong', (name) => {
    expect(readValidation({ ...validation, [name]: null })).not.toHaveProperty(name)
    expect(problemOf(() => readValidation({ ...validation, [name]: {} }))).toContain(name)
  })

  test.each(Object.keys(stats))('stats: %s', (name) => {
    expect(problemOf(() => readStats({ ...stats, [name]: { is: 's3cr3t' } }))).toContain(`${name} is missing or wrong`)
  })

  test.each(Object.keys(session))('a session of them: %s', (name) => {
    const sessions = [session, { ...session, [name]: undefined }]
    expect(problemOf(() => readStats({ ...stats, sessions }))).toContain(`${name} is missing or wrong`)
    expect(problemOf(() => readStats({ ...stats, sessions: [null] }))).toContain('a session is no object')
  })
})

const names = [
  ...['success', 'data', 'isValid', 'isExpired', 'needsRefresh', 'expiresAt', 'timeUntilExpiry', 'userId', 'refreshed'],
  ...['activeSessions', 'maxConcurrentSessions', 'lastUsedAt', 'sessions', 'sessionId', 'current', 'status'],
]

test('junk is understood or is invalid_response, whatever it is', { timeout: FUZZ_TIMEOUT_MS }, () => {
  const leaf = fc.oneof(junk, fc.boolean(), fc.integer(), fc.string())
  const inner = junkUnder(names, fc.oneof(leaf, fc.array(junkUnder(names, leaf), { maxLength: 2 })))
  const outer = fc.record({ success: fc.oneof(fc.boolean(), junk), data: fc.oneof(inner, junk) })
  let understood = 0
  fuzz(fc.oneof(junk, inner, outer), (answer) => {
    for (const read of [readValidation, readNotDue, readStats]) {
      try {
        read(serviceData(answer))
        understood++
      } catch (error) {
        if (!isTokenManagerError(error)) throw error
        expect(error.code).toBe('invalid_response')
      }
    }
    try {
      readHealth(answer)
      understood++
    } catch (error) {
      if (!isTokenManagerError(error)) throw error
    }
  })
  expect(understood).toBeGreaterThan(0)
})
