import { isJsonObject } from '../input.ts'
import {
  isRevocationCause,
  type PresentedToken,
  type RefreshTokenRecord,
  type SessionFamily,
} from '../tokens/family.ts'
import type { Note } from './store.ts'

type Fields = Readonly<Record<string, string>>

/** A presented token, and the version of its family. A change applies only to that version. */
export interface Found {
  presented: PresentedToken
  version: string
}

export function familyFields(family: SessionFamily): string[] {
  const { id, username, createdAt, expiresAt, accessTokenIn, lastUsedAt } = family
  return flatten({
    id,
    username,
    createdAt: `${createdAt}`,
    expiresAt: `${expiresAt}`,
    lastUsedAt: `${lastUsedAt}`,
    accessTokenIn,
    version: '0',
  })
}

export function tokenFields({ familyId, predecessorHash, expiresAt }: RefreshTokenRecord): string[] {
  return flatten({ familyId, expiresAt: `${expiresAt}`, ...(predecessorHash !== undefined && { predecessorHash }) })
}

/** The script that rotates reads the key from the second place. */
export function offerFields(offer: RefreshTokenRecord['replay']): string[] {
  if (offer === undefined) return []
  return flatten({
    replayKey: offer.idempotencyKey,
    replaySealed: Buffer.from(offer.sealedSuccessor).toString('base64'),
    replayExpiresAt: `${offer.expiresAt}`,
  })
}

/** Reads the reply of the script `findToken`. Undefined if the token or its session no longer exists. */
export function toFound(hash: string, reply: unknown): Found | undefined {
  const [token, family, offer] = toRows(reply)
  if (token === undefined || family?.id === undefined) return undefined
  return {
    presented: { token: toToken(hash, { ...token, ...offer }), family: toFamily(family) },
    version: text(family, 'version'),
  }
}

/** Reads a list of families, without those that no longer exist. */
export function toFamilies(reply: unknown): SessionFamily[] {
  return toRows(reply)
    .filter((row) => row.id !== undefined)
    .map(toFamily)
}

export function toFamily(row: Fields): SessionFamily {
  const { revokedAt, revokedBecause } = row
  return {
    id: text(row, 'id'),
    username: text(row, 'username'),
    createdAt: integer(row, 'createdAt'),
    expiresAt: integer(row, 'expiresAt'),
    lastUsedAt: integer(row, 'lastUsedAt'),
    accessTokenIn: row.accessTokenIn === 'cookie' ? 'cookie' : 'body',
    ...(revokedAt !== undefined && { revokedAt: integer(row, 'revokedAt') }),
    ...(isRevocationCause(revokedBecause) && { revokedBecause }),
  }
}

function toToken(hash: string, row: Fields): RefreshTokenRecord {
  const { predecessorHash, usedAt, replayKey, replaySealed } = row
  return {
    hash,
    familyId: text(row, 'familyId'),
    expiresAt: integer(row, 'expiresAt'),
    ...(predecessorHash !== undefined && { predecessorHash }),
    ...(usedAt !== undefined && { usedAt: integer(row, 'usedAt') }),
    ...(replayKey !== undefined &&
      replaySealed !== undefined && {
        replay: {
          idempotencyKey: replayKey,
          sealedSuccessor: Buffer.from(replaySealed, 'base64'),
          expiresAt: integer(row, 'replayExpiresAt'),
        },
      }),
  }
}

export function toNote(line: string): Note {
  const note: unknown = JSON.parse(line)
  if (isNote(note)) return note
  throw new TypeError('the store contains an invalid note')
}

function isNote(value: unknown): value is Note {
  return (
    isJsonObject(value) &&
    typeof value.id === 'number' &&
    typeof value.patientId === 'string' &&
    typeof value.author === 'string' &&
    typeof value.text === 'string' &&
    typeof value.createdAt === 'number'
  )
}

function toRows(reply: unknown): Fields[] {
  if (!Array.isArray(reply)) throw new TypeError('a script of the store returned no list')
  return reply.map((row: unknown) => {
    if (!Array.isArray(row)) throw new TypeError('a script of the store returned no fields')
    const fields: Record<string, string> = {}
    for (let i = 0; i + 1 < row.length; i += 2) fields[String(row[i])] = String(row[i + 1])
    return fields
  })
}

const flatten = (fields: Fields): string[] => Object.entries(fields).flat()

function text(row: Fields, field: string): string {
  const value = row[field]
  if (value === undefined) throw new TypeError(`field ${field} is missing`)
  return value
}

function integer(row: Fields, field: string): number {
  const value = Number(text(row, field))
  if (!Number.isSafeInteger(value)) throw new TypeError(`field ${field} is not an integer`)
  return value
}
