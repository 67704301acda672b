import { type Baseline, PATIENTS, type Patient } from './patients.ts'

/**
 * Vital signs of a patient. Heart and respiratory rate are per minute, pressures in mmHg, oxygen saturation in percent,
 * and temperature in degrees Celsius.
 */
export interface Vitals extends Baseline {
  /** Epoch milliseconds, whole seconds. */
  measuredAt: number
}

/** A patient of the protected demo API, with current vital signs. */
export type PatientWithVitals = Omit<Patient, 'baseline'> & { vitals: Vitals }

const SAMPLE_MS = 1_000
const MINUTE_MS = 60_000

/** All patients of the ward, with their vital signs in the second of `at`. */
export function wardAt(at: number): PatientWithVitals[] {
  return PATIENTS.map(({ baseline, ...patient }, index) => ({ ...patient, vitals: vitalsAt(baseline, index, at) }))
}

/**
 * Calculates plausible vital signs: each varies around its baseline by a slow and a fast wave, with a phase of its own.
 * The same instant always gives the same values.
 */
function vitalsAt(baseline: Baseline, patientIndex: number, at: number): Vitals {
  const measuredAt = Math.floor(at / SAMPLE_MS) * SAMPLE_MS
  const swing = (sign: number) => {
    const phase = patientIndex * 1.7 + sign * 2.3
    const slow = Math.sin((measuredAt / (7 * MINUTE_MS)) * 2 * Math.PI + phase)
    const fast = Math.sin((measuredAt / (17 * SAMPLE_MS)) * 2 * Math.PI + 3 * phase)
    return 0.7 * slow + 0.3 * fast
  }
  return {
    measuredAt,
    heartRate: Math.round(baseline.heartRate + 8 * swing(0)),
    systolic: Math.round(baseline.systolic + 9 * swing(1)),
    diastolic: Math.round(baseline.diastolic + 5 * swing(2)),
    spo2: Math.min(100, Math.round(baseline.spo2 + 2 * swing(3))),
    respiratoryRate: Math.round(baseline.respiratoryRate + 3 * swing(4)),
    temperature: Math.round((baseline.temperature + 0.3 * swing(5)) * 10) / 10,
  }
}
