import type { KyInstance } from 'ky'
import { isObject } from '../json.ts'

export interface Note {
  id: number
  author: string
  text: string
  createdAt: number
}

export const MAX_NOTE_LENGTH = 2_000

export interface Notes {
  /** Oldest first. */
  list(patientId: string): Promise<Note[]>
  save(patientId: string, text: string): Promise<Note>
}

/** The notes about patients. Both reject with what ky rejects with. */
export function createNotes(api: KyInstance): Notes {
  return {
    async list(patientId) {
      return parseNotes(await api.get(`ward/patients/${patientId}/notes`).json())
    },
    async save(patientId, text) {
      return parseNote(await api.post(`ward/patients/${patientId}/notes`, { json: { text } }).json())
    },
  }
}

/** @throws SyntaxError if that is not how the ward API answers */
export function parseNotes(json: unknown): Note[] {
  const notes: unknown = isObject(json) ? json.notes : undefined
  if (Array.isArray(notes) && notes.every(isNote)) return notes
  throw new SyntaxError('not a list of notes')
}

/** @throws SyntaxError likewise */
export function parseNote(json: unknown): Note {
  if (isNote(json)) return json
  throw new SyntaxError('not a note')
}

function isNote(value: unknown): value is Note {
  return (
    isObject(value) &&
    typeof value.id === 'number' &&
    typeof value.author === 'string' &&
    typeof value.text === 'string' &&
    typeof value.createdAt === 'number'
  )
}
