import { isObject } from '../json.ts'

export interface Vitals {
  heartRate: number
  systolic: number
  diastolic: number
  spo2: number
  respiratoryRate: number
  temperature: number
}

export interface Patient {
  id: string
  name: string
  age: number
  bed: string
  condition: string
  vitals: Vitals
}

const VITALS = ['heartRate', 'systolic', 'diastolic', 'spo2', 'respiratoryRate', 'temperature'] as const

/** @throws SyntaxError if that is not how the ward API answers */
export function parsePatients(json: unknown): Patient[] {
  if (isObject(json) && Array.isArray(json.patients) && json.patients.every(isPatient)) return json.patients
  throw new SyntaxError('not a list of patients')
}

function isPatient(value: unknown): value is Patient {
  if (!isObject(value) || typeof value.age !== 'number') return false
  const { vitals } = value
  return (
    ['id', 'name', 'bed', 'condition'].every((name) => typeof value[name] === 'string') &&
    isObject(vitals) &&
    VITALS.every((name) => typeof vitals[name] === 'number')
  )
}
