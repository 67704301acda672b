import { createSecretKey, generateKeyPairSync, type KeyObject, randomBytes, randomUUID } from 'node:crypto'
import { existsSync } from 'node:fs'
import { readFile, rename, writeFile } from 'node:fs/promises'
import type { JWK } from 'jose'
import { InvalidConfigurationError } from '../errors.ts'
import { isJsonObject } from '../input.ts'
import { isUserList } from '../options/option-guards.ts'
import type { SigningAlgorithm } from '../tokens/signing-keys.ts'
import type { UserRecord } from '../users/users.ts'

const KEYS_SETTING = 'JWT_KEYS_FILE'
const RSA_BITS = 2_048
const SECRET_BYTES = 32
const OWNER_ONLY = 0o600
/** How many keys that no longer sign stay, so that the tokens they signed are good until they expire. */
const KEEPS = 2
const USERS_SETTING = '--users'

/**
 * Reads a JWK Set (RFC 7517 section 5) of private or secret keys. What the keys are worth is looked at by whoever uses
 * them.
 * @throws InvalidConfigurationError if the file cannot be read or holds something else
 */
export async function readKeysFile(path: string): Promise<readonly JWK[]> {
  return parseKeySet(await readJsonFile(path, KEYS_SETTING))
}

/** @throws InvalidConfigurationError if it is no JWK Set */
export function parseKeySet(content: unknown): readonly JWK[] {
  const keys = isJsonObject(content) ? content.keys : undefined
  if (Array.isArray(keys) && keys.length > 0 && keys.every(isJwk)) return keys
  throw new InvalidConfigurationError(
    KEYS_SETTING,
    'must name a file with { "keys": [...] }; write one with new-key <file>',
  )
}

/**
 * Puts a new key in front of those in the file, which signs from the next reading on, and drops the oldest.
 * @throws InvalidConfigurationError if the file is there and holds something else
 */
export async function addKey(path: string, algorithm: SigningAlgorithm): Promise<void> {
  const older = existsSync(path) ? await readKeysFile(path) : []
  const key = { ...createKey(algorithm).export({ format: 'jwk' }), kid: randomUUID(), alg: algorithm }
  const content = JSON.stringify({ keys: [key, ...older.slice(0, KEEPS)] }, undefined, 2)
  // A server that reads meanwhile shall see the old file or the new one.
  const draft = `${path}.${randomUUID()}`
  await writeFile(draft, `${content}\n`, { mode: OWNER_ONLY, flag: 'wx' })
  await rename(draft, path)
}

function createKey(algorithm: SigningAlgorithm): KeyObject {
  if (algorithm === 'HS256') return createSecretKey(randomBytes(SECRET_BYTES))
  return algorithm === 'RS256'
    ? generateKeyPairSync('rsa', { modulusLength: RSA_BITS }).privateKey
    : generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey
}

function isJwk(value: unknown): value is JWK {
  return isJsonObject(value) && typeof value.kty === 'string'
}

/**
 * Reads who may sign in: JSON, a list of `{ username, name, roles, passwordHash }`.
 * @throws InvalidConfigurationError if the file cannot be read or holds something else
 */
export async function readUsersFile(path: string): Promise<readonly UserRecord[]> {
  return parseUsers(await readJsonFile(path, USERS_SETTING))
}

/** @throws InvalidConfigurationError if it is no list of users */
export function parseUsers(users: unknown): readonly UserRecord[] {
  if (isUserList(users)) return users
  const needed = 'a JSON list of { username, name, roles, passwordHash }, with hashes that hash-password printed'
  throw new InvalidConfigurationError(USERS_SETTING, `must name a file with ${needed}`)
}

/**
 * @param setting what names the file, for the error
 * @throws InvalidConfigurationError if it cannot be read or is no JSON; nothing of the file is quoted
 */
async function readJsonFile(path: string, setting: string): Promise<unknown> {
  try {
    return JSON.parse(await readFile(path, 'utf8'))
  } catch (error) {
    const problem = error instanceof SyntaxError ? 'it is no JSON' : String(error)
    throw new InvalidConfigurationError(setting, `cannot be read: ${problem}`)
  }
}
