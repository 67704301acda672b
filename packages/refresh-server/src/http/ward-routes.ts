import { Hono } from 'hono'
import { HttpError } from '../errors.ts'
import type { Sessions } from '../sessions/sessions.ts'
import type { Store } from '../store/store.ts'
import { findPatient, type Patient } from '../ward/patients.ts'
import { wardAt } from '../ward/vitals.ts'
import { authenticate, requireRole } from './authenticate.ts'
import type { AppEnv, RefreshApp } from './context.ts'
import { readJson } from './request.ts'

/** Administrators have no access to patients. */
const READERS = ['clinician', 'qa'] as const
const WRITERS = ['clinician'] as const
const MAX_NOTE_LENGTH = 2_000

export interface WardRoutesOptions {
  sessions: Sessions
  store: Store
  now: () => number
}

/** The protected demo API: the patients of a ward, their vital signs and notes. */
export function createWardRoutes({ sessions, store, now }: WardRoutesOptions): RefreshApp {
  const routes = new Hono<AppEnv>()
  routes.use(authenticate(sessions), requireRole(...READERS))

  routes.get('/patients', (c) => c.json({ patients: wardAt(now()) }))

  routes.get('/patients/:id/notes', async (c) => {
    const patient = requirePatient(c.req.param('id'))
    return c.json({ notes: await store.notesOf(patient.id) })
  })

  routes.post('/patients/:id/notes', requireRole(...WRITERS), async (c) => {
    const patient = requirePatient(c.req.param('id'))
    const { text } = await readJson(c.req.raw)
    const note = {
      patientId: patient.id,
      author: c.get('claims').username,
      text: requireNoteText(text),
      createdAt: now(),
    }
    return c.json(await store.addNote(note), 201)
  })

  return routes
}

function requirePatient(id: string): Patient {
  const patient = findPatient(id)
  if (patient === undefined) throw new HttpError(404, 'not_found', 'there is no such patient')
  return patient
}

/** @throws HttpError 422 if the text is blank or too long */
export function requireNoteText(text: unknown): string {
  const trimmed = typeof text === 'string' ? text.trim() : ''
  if (trimmed.length === 0) throw new HttpError(422, 'invalid_note', '"text" must be a non-blank string')
  if (trimmed.length > MAX_NOTE_LENGTH) {
    throw new HttpError(422, 'invalid_note', `"text" is longer than ${MAX_NOTE_LENGTH} characters`)
  }
  return trimmed
}
