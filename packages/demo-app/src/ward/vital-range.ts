import type { Vitals } from './patient.ts'

export type Deviation = 'low' | 'high'

/** Beyond these a vital sign scores 2 or 3 points in NEWS2 (Royal College of Physicians, 2017; SpO2 scale 1). */
const LIMITS: Readonly<Partial<Record<keyof Vitals, { low?: number; high?: number }>>> = {
  heartRate: { low: 40, high: 111 },
  systolic: { low: 100, high: 220 },
  spo2: { low: 93 },
  respiratoryRate: { low: 8, high: 21 },
  temperature: { low: 35, high: 39.1 },
}

/** Whether a vital sign needs a look, and in which direction it has gone. */
export function deviationOf(sign: keyof Vitals, value: number): Deviation | undefined {
  const { low = Number.NEGATIVE_INFINITY, high = Number.POSITIVE_INFINITY } = LIMITS[sign] ?? {}
  if (value <= low) return 'low'
  return value >= high ? 'high' : undefined
}
