import type { Vitals } from './patient.ts'

export interface VitalSign {
  /** What is judged. */
  name: keyof Vitals
  label: string
  abbreviation: string
  unit: string
  text(vitals: Vitals): string
}

/** In the order in which they are shown. */
export const VITAL_SIGNS: readonly VitalSign[] = [
  {
    name: 'heartRate',
    label: 'Heart rate',
    abbreviation: 'HR',
    unit: '/min',
    text: ({ heartRate }) => String(heartRate),
  },
  {
    name: 'systolic',
    label: 'Blood pressure',
    abbreviation: 'BP',
    unit: 'mmHg',
    text: ({ systolic, diastolic }) => `${systolic}/${diastolic}`,
  },
  { name: 'spo2', label: 'SpO₂', abbreviation: 'SpO₂', unit: '%', text: ({ spo2 }) => String(spo2) },
  {
    name: 'respiratoryRate',
    label: 'Breaths',
    abbreviation: 'RR',
    unit: '/min',
    text: ({ respiratoryRate }) => String(respiratoryRate),
  },
  {
    name: 'temperature',
    label: 'Temperature',
    abbreviation: 'T',
    unit: '°C',
    text: ({ temperature }) => temperature.toFixed(1),
  },
]
