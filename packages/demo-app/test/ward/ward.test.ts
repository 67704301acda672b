import ky from 'ky'
import { beforeEach, expect, test, vi } from 'vitest'
import { createWard } from '../../src/ward/ward.ts'

const vitals = { heartRate: 80, systolic: 120, diastolic: 80, spo2: 98, respiratoryRate: 14, temperature: 37 }
const patient = { id: 'p01', name: 'Ingrid Solheim', age: 71, bed: 'A1', condition: 'Pneumonia', vitals }
const answer = async () => Response.json({ patients: [patient] })

beforeEach(() => {
  vi.useFakeTimers({ now: 0 })
  return () => vi.useRealTimers()
})

function world() {
  const state = { calls: 0, answer, signals: [] as (AbortSignal | null)[] }
  const api = ky.create({
    prefix: 'http://ward.example',
    fetch: (input) => {
      state.calls += 1
      if (input instanceof Request) state.signals.push(input.signal)
      return state.answer()
    },
  })
  return { state, ward: createWard(api, Date.now) }
}

test('it loads a second after each answer for as long as somebody watches', async () => {
  const { state, ward } = world()
  ward.setWatched(true)
  ward.setWatched(true)
  await vi.advanceTimersByTimeAsync(3_500)
  expect(state.calls).toBe(4)
  expect(ward.get()).toEqual({ patients: [patient], updatedAt: 3_000 })
  ward.setWatched(false)
  await vi.advanceTimersByTimeAsync(5_000)
  expect(state.calls).toBe(4)
})

test('nothing of a patient is left once nobody watches, also if an answer comes late', async () => {
  const { state, ward } = world()
  ward.setWatched(true)
  await vi.advanceTimersByTimeAsync(500)
  let answerLate = (_: Response) => {}
  state.answer = () =>
    new Promise((resolve) => {
      answerLate = resolve
    })
  await vi.advanceTimersByTimeAsync(1_000)
  ward.setWatched(false)
  answerLate(await answer())
  await vi.advanceTimersByTimeAsync(1_000)
  expect(ward.get()).toEqual({})
  expect(state.signals.at(-1)?.aborted).toBe(true)
})

test('a failure keeps the last values, says what is wrong, and the next success forgets it', async () => {
  const { state, ward } = world()
  ward.setWatched(true)
  await vi.advanceTimersByTimeAsync(100)
  state.answer = async () => Response.json({ patients: [{ ...patient, vitals: { ...vitals, spo2: '98' } }] })
  await vi.advanceTimersByTimeAsync(1_000)
  expect(ward.get()).toEqual({
    patients: [patient],
    updatedAt: 0,
    problem: 'The server gave an answer that makes no sense.',
  })
  state.answer = answer
  await vi.advanceTimersByTimeAsync(1_000)
  expect(ward.get()).toEqual({ patients: [patient], updatedAt: 2_000 })
  ward.setWatched(false)
})
