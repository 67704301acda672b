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
/** How many older keys stay in the file, so that the tokens that they signed stay valid until they expire. */
const KEPT_KEYS = 2
const USERS_SETTING = '--users'

/**
 * Reads a JWK Set (RFC 7517 section 5) of private or secret keys. The keys themselves are validated later, as options.
 * @throws InvalidConfigurationError if the file cannot be read, or contains something else
 */
export async function readKeysFile(path: string): Promise<readonly JWK[]> {
  return parseKeySet(await readJsonFile(path, KEYS_SETTING))
}

/** @throws InvalidConfigurationError if the content is not a JWK Set */
export function parseKeySet(content: unknown): readonly JWK[] {
  const keys = isJsonObject(content) ? content.keys : undefined
  if (Array.isArray(keys) && keys.length > 0 && keys.every(isJwk)) return keys
  throw new InvalidConfigurationError(
    KEYS_SETTING,
    'must name a file with { "keys": [...] }; write one with new-key <file>',
  )
}

/**
 * Adds a new key to the file as the first one, and removes the oldest. The new key signs once a server reads the file.
 * @throws InvalidConfigurationError if the file exists and contains something else
 */
export async function addKey(path: string, algorithm: SigningAlgorithm): Promise<void> {
  const older = existsSync(path) ? await readKeysFile(path) : []
  const key = { ...createKey(algorithm).export({ format: 'jwk' }), kid: randomUUID(), alg: algorithm }
  const content = JSON.stringify({ keys: [key, ...older.slice(0, KEPT_KEYS)] }, undefined, 2)
  // A server that reads the file at the same time must see either the old or the new file.
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
 * Reads the users who may sign in: a JSON list of `{ username, name, roles, passwordHash }`.
 * @throws InvalidConfigurationError if the file cannot be read, or contains something else
 */
export async function readUsersFile(path: string): Promise<readonly UserRecord[]> {
  return parseUsers(await readJsonFile(path, USERS_SETTING))
}

/** @throws InvalidConfigurationError if the content is not a list of users */
export function parseUsers(users: unknown): readonly UserRecord[] {
  if (isUserList(users)) return users
  const needed = 'a JSON list of { username, name, roles, passwordHash }, with hashes from hash-password'
  throw new InvalidConfigurationError(USERS_SETTING, `must name a file with ${needed}`)
}

/**
 * @param setting the argument or variable that names the file, for the error
 * @throws InvalidConfigurationError if the file cannot be read or is not JSON. The message quotes nothing of the file
 */
async function readJsonFile(path: string, setting: string): Promise<unknown> {
  try {
    return JSON.parse(await readFile(path, 'utf8'))
  } catch (error) {
    const problem = error instanceof SyntaxError ? 'it is not JSON' : String(error)
    throw new InvalidConfigurationError(setting, `cannot be read: ${problem}`)
  }
}
