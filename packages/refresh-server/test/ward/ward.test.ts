import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { PATIENTS } from '../../src/ward/patients.ts'
import { wardAt } from '../../src/ward/vitals.ts'
import { bearer, createTestServer, json, START_AT } from '../support/test-server.ts'

const NOTES = '/api/ward/patients/p02/notes'

describe('patients', () => {
  it('are twelve, with the vital signs of the current second', async () => {
    const { signIn, patients, clock } = createTestServer()
    const { access } = await signIn()
    const first = await json(await patients(access))
    expect(first.patients).toHaveLength(12)
    expect(first).toEqual({ patients: wardAt(START_AT) })
    clock.now += 5_000
    expect(await json(await patients(access))).not.toEqual(first)
  })

  it('are visible to clinicians and QA, and not to administrators', async () => {
    const { signIn, patients, get } = createTestServer()
    const statusFor = async (username: string) => (await patients((await signIn(username)).access)).status
    expect([await statusFor('amara'), await statusFor('qa'), await statusFor('admin')]).toEqual([200, 200, 403])
    const notes = await get('/api/ward/patients/p01/notes', bearer((await signIn('admin')).access))
    expect(notes.status).toBe(403)
    expect((await json(notes)).error_description).toBe('this needs the role clinician or qa')
  })

  it('have plausible vital signs, the same for the same instant', () => {
    const anyTime = fc.integer({ min: 0, max: 4_102_444_800_000 })
    fc.assert(
      fc.property(anyTime, (at) => {
        const ward = wardAt(at)
        expect(wardAt(at)).toEqual(ward)
        for (const { vitals } of ward) {
          expect(vitals.heartRate).toBeGreaterThanOrEqual(45)
          expect(vitals.heartRate).toBeLessThanOrEqual(125)
          expect(vitals.systolic - vitals.diastolic).toBeGreaterThan(15)
          expect(vitals.spo2).toBeGreaterThanOrEqual(88)
          expect(vitals.spo2).toBeLessThanOrEqual(100)
          expect(vitals.respiratoryRate).toBeGreaterThanOrEqual(9)
          expect(vitals.temperature).toBeGreaterThanOrEqual(36)
          expect(vitals.temperature).toBeLessThanOrEqual(39.5)
        }
      }),
    )
  })

  it('change little from one second to the next', () => {
    for (let second = 0; second < 600; second += 1) {
      const [before, after] = [wardAt(START_AT + second * 1_000), wardAt(START_AT + (second + 1) * 1_000)]
      const jumps = before.map(({ vitals }, index) =>
        Math.abs(vitals.heartRate - (after[index]?.vitals.heartRate ?? 0)),
      )
      expect(Math.max(...jumps)).toBeLessThanOrEqual(3)
    }
  })

  it('have an id and a bed of their own', () => {
    expect(new Set(PATIENTS.map(({ id }) => id)).size).toBe(PATIENTS.length)
    expect(new Set(PATIENTS.map(({ bed }) => bed)).size).toBe(PATIENTS.length)
  })
})

describe('notes', () => {
  it('are stored with author and time, in order, for their patient', async () => {
    const { signIn, post, get, clock } = createTestServer()
    const amara = bearer((await signIn()).access)
    const ben = bearer((await signIn('ben')).access)
    const created = await post(NOTES, { text: '  Slept well. \n' }, amara)
    expect(created.status).toBe(201)
    const first = { id: 1, patientId: 'p02', author: 'amara', text: 'Slept well.', createdAt: START_AT }
    expect(await json(created)).toEqual(first)
    clock.now += 1_000
    await post(NOTES, { text: 'Räuspert sich 🫁' }, ben)
    await post('/api/ward/patients/p03/notes', { text: 'other patient' }, ben)
    expect(await json(await get(NOTES, amara))).toEqual({
      notes: [first, { id: 2, patientId: 'p02', author: 'ben', text: 'Räuspert sich 🫁', createdAt: START_AT + 1_000 }],
    })
  })

  it.each([
    [404, '/api/ward/patients/p99/notes', { text: 'x' }],
    [404, '/api/ward/patients/__proto__/notes', { text: 'x' }],
    [422, NOTES, {}],
    [422, NOTES, { text: '' }],
    [422, NOTES, { text: ' \n ' }],
    [422, NOTES, { text: 7 }],
    [422, NOTES, { text: 'x'.repeat(2_001) }],
    [400, NOTES, ['text']],
    [415, NOTES, undefined],
  ])('answer %i for %s %j', async (status, path, body) => {
    const { signIn, post, get } = createTestServer()
    const amara = bearer((await signIn()).access)
    const answer = await post(path, body, amara)
    expect(answer.status).toBe(status)
    expect(Object.keys(await json(answer))).toEqual(['error', 'error_description'])
    expect(await json(await get(NOTES, amara))).toEqual({ notes: [] })
  })

  it('may have 2,000 characters', async () => {
    const { signIn, post } = createTestServer()
    const { access } = await signIn()
    expect((await post(NOTES, { text: 'x'.repeat(2_000) }, bearer(access))).status).toBe(201)
  })

  it('need the role clinician for writing, not for reading', async () => {
    const { signIn, post, get } = createTestServer()
    const qa = bearer((await signIn('qa')).access)
    const refused = await post(NOTES, { text: 'x' }, qa)
    expect(refused.status).toBe(403)
    expect((await json(refused)).error_description).toContain('clinician')
    expect(await json(await get(NOTES, qa))).toEqual({ notes: [] })
  })

  it('of an unknown patient give 404', async () => {
    const { signIn, get } = createTestServer()
    const { access } = await signIn()
    expect((await get('/api/ward/patients/p99/notes', bearer(access))).status).toBe(404)
  })
})
