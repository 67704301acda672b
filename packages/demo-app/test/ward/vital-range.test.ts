import { expect, test } from 'vitest'
import type { Vitals } from '../../src/ward/patient.ts'
import { deviationOf } from '../../src/ward/vital-range.ts'

// The bounds of two points in the NEWS2 chart, from inside and outside.
test.for<[keyof Vitals, number, string | undefined]>([
  ['heartRate', 40, 'low'],
  ['heartRate', 41, undefined],
  ['heartRate', 110, undefined],
  ['heartRate', 111, 'high'],
  ['systolic', 100, 'low'],
  ['systolic', 101, undefined],
  ['systolic', 219, undefined],
  ['systolic', 220, 'high'],
  ['spo2', 93, 'low'],
  ['spo2', 94, undefined],
  ['spo2', 100, undefined],
  ['respiratoryRate', 8, 'low'],
  ['respiratoryRate', 9, undefined],
  ['respiratoryRate', 20, undefined],
  ['respiratoryRate', 21, 'high'],
  ['temperature', 35, 'low'],
  ['temperature', 35.1, undefined],
  ['temperature', 39, undefined],
  ['temperature', 39.1, 'high'],
  ['diastolic', 20, undefined],
])('%s of %d: %s', ([sign, value, deviation]) => {
  expect(deviationOf(sign, value)).toBe(deviation)
})
