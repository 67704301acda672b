import type { SQLOutputValue } from 'node:sqlite'
import { isRevocationCause, type RefreshTokenRecord, type ReplayOffer, type SessionFamily } from '../tokens/family.ts'
import type { Note } from './store.ts'

export type Row = Record<string, SQLOutputValue>

export function toFamily(row: Row): SessionFamily {
  const { revoked_at: revokedAt, revoked_because: revokedBecause } = row
  return {
    id: text(row, 'id'),
    username: text(row, 'username'),
    createdAt: integer(row, 'created_at'),
    expiresAt: integer(row, 'expires_at'),
    accessTokenIn: row.access_token_in === 'cookie' ? 'cookie' : 'body',
    lastUsedAt: integer(row, 'last_used_at'),
    ...(typeof revokedAt === 'number' && { revokedAt }),
    ...(isRevocationCause(revokedBecause) && { revokedBecause }),
  }
}

export function toToken(row: Row): RefreshTokenRecord {
  const { predecessor_hash: predecessorHash, used_at: usedAt } = row
  const replay = toReplayOffer(row)
  return {
    hash: text(row, 'hash'),
    familyId: text(row, 'family_id'),
    expiresAt: integer(row, 'expires_at'),
    ...(typeof predecessorHash === 'string' && { predecessorHash }),
    ...(typeof usedAt === 'number' && { usedAt }),
    ...(replay !== undefined && { replay }),
  }
}

export function toNote(row: Row): Note {
  return {
    id: integer(row, 'id'),
    patientId: text(row, 'patient_id'),
    author: text(row, 'author'),
    text: text(row, 'text'),
    createdAt: integer(row, 'created_at'),
  }
}

function toReplayOffer(row: Row): ReplayOffer | undefined {
  const { replay_key: idempotencyKey, replay_sealed: sealedSuccessor, replay_expires_at: expiresAt } = row
  if (typeof idempotencyKey !== 'string') return undefined
  if (!(sealedSuccessor instanceof Uint8Array) || typeof expiresAt !== 'number') return undefined
  return { idempotencyKey, sealedSuccessor, expiresAt }
}

function text(row: Row, column: string): string {
  const value = row[column]
  if (typeof value !== 'string') throw new TypeError(`column ${column} is not a text`)
  return value
}

function integer(row: Row, column: string): number {
  const value = row[column]
  if (typeof value !== 'number') throw new TypeError(`column ${column} is not an integer`)
  return value
}
