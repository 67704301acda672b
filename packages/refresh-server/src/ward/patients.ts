/** The values that the vital signs of a patient vary around. */
export interface Baseline {
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
  baseline: Baseline
}

/** Fictitious patients. */
export const PATIENTS: readonly Patient[] = [
  patient(['p01', 'Ingrid Solheim', 71, 'A1', 'Pneumonia'], [92, 128, 74, 93, 21, 38.1]),
  patient(['p02', 'Tomasz Wilk', 58, 'A2', 'Chest pain under observation'], [78, 142, 86, 97, 15, 36.8]),
  patient(['p03', 'Leila Haddad', 34, 'A3', 'Appendectomy, first day'], [84, 116, 70, 98, 16, 37.4]),
  patient(['p04', 'Graham Pryce', 82, 'A4', 'Heart failure'], [96, 104, 62, 92, 22, 36.5]),
  patient(['p05', 'Mei-Ling Zhou', 45, 'B1', 'Gallstones'], [74, 122, 76, 98, 14, 37.0]),
  patient(['p06', 'Samuel Adeyemi', 63, 'B2', 'Diabetes, foot ulcer'], [80, 136, 82, 96, 16, 37.2]),
  patient(['p07', 'Rosa Fuentes', 29, 'B3', 'Asthma'], [102, 118, 72, 94, 24, 36.9]),
  patient(['p08', 'Henrik Dahl', 76, 'B4', 'Hip replacement, second day'], [70, 132, 78, 96, 15, 37.1]),
  patient(['p09', 'Aoife Brennan', 51, 'C1', 'Pyelonephritis'], [98, 110, 66, 97, 18, 38.6]),
  patient(['p10', 'Kofi Mensah', 67, 'C2', 'Atrial fibrillation'], [112, 124, 80, 96, 17, 36.7]),
  patient(['p11', 'Yuki Tanabe', 39, 'C3', 'Migraine with aura'], [66, 114, 70, 99, 13, 36.6]),
  patient(['p12', 'Oskar Lund', 88, 'C4', 'Fall, concussion'], [62, 148, 84, 95, 16, 36.4]),
]

export function findPatient(id: string): Patient | undefined {
  return PATIENTS.find((candidate) => candidate.id === id)
}

type Person = [id: string, name: string, age: number, bed: string, condition: string]
type Signs = [
  heartRate: number,
  systolic: number,
  diastolic: number,
  spo2: number,
  respiratoryRate: number,
  temperature: number,
]

function patient([id, name, age, bed, condition]: Person, signs: Signs): Patient {
  const [heartRate, systolic, diastolic, spo2, respiratoryRate, temperature] = signs
  const baseline = { heartRate, systolic, diastolic, spo2, respiratoryRate, temperature }
  return { id, name, age, bed, condition, baseline }
}
