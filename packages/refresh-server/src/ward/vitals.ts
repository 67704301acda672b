import { type Baseline, PATIENTS, type Patient } from './patients.ts'

/** Heart and breath per minute, pressures in mmHg, saturation in percent, temperature in degrees Celsius. */
export interface Vitals extends Baseline {
  measuredAt: number
}

export type PatientWithVitals = Omit<Patient, 'baseline'> & { vitals: Vitals }

const SAMPLE_MS = 1_000
const MINUTE_MS = 60_000

/** Everybody on the ward, with the vital signs of that second. */
export function wardAt(at: number): PatientWithVitals[] {
  return PATIENTS.map(({ baseline, ...patient }, index) => ({ ...patient, vitals: vitalsAt(baseline, index, at) }))
}

/**
 * Vital signs that change like those of a person: each swings around its baseline in a slow and a quick wave, out of
 * step with the other signs and patients. The same instant always gives the same values.
 */
function vitalsAt(baseline: Baseline, patientIndex: number, at: number): Vitals {
  const measuredAt = Math.floor(at / SAMPLE_MS) * SAMPLE_MS
  const swing = (sign: number) => {
    const phase = patientIndex * 1.7 + sign * 2.3
    const slow = Math.sin((measuredAt / (7 * MINUTE_MS)) * 2 * Math.PI + phase)
    const quick = Math.sin((measuredAt / (17 * SAMPLE_MS)) * 2 * Math.PI + 3 * phase)
    return 0.7 * slow + 0.3 * quick
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
