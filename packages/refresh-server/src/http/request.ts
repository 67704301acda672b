import type { Context } from 'hono'
import { HttpError, InvalidInputError } from '../errors.ts'
import { isJsonObject, type JsonObject, requireText } from '../input.ts'
import type { Credentials } from '../sessions/sessions.ts'
import { MAX_USERNAME_LENGTH } from '../users/users.ts'
import type { AppEnv } from './context.ts'

const MAX_BODY_BYTES = 16 * 1_024
const MAX_PASSWORD_LENGTH = 1_000
/** The longest accepted refresh token. Those of this server are much shorter. */
export const MAX_TOKEN_LENGTH = 1_000
export const MAX_ACCESS_TOKEN_LENGTH = 8_000
const IDEMPOTENCY_KEY = /^[\x21-\x7e]{1,255}$/

/**
 * Reads the JSON object in the body of a request.
 * @throws HttpError 413 if it is too large, 415 if the media type is not JSON
 * @throws InvalidInputError if it is not a JSON object
 */
export async function readJson(request: Request): Promise<JsonObject> {
  // A foreign page cannot send this media type without a CORS preflight.
  requireMediaType(request, 'application/json')
  return parseJsonBody(await readBytes(request))
}

/**
 * Reads the form in the body of a request, `application/x-www-form-urlencoded`.
 * @throws HttpError 413 if it is too large, 415 if the media type is not a form
 * @throws InvalidInputError if a parameter is repeated (RFC 6749 section 3.2)
 */
export async function readForm(request: Request): Promise<JsonObject> {
  requireMediaType(request, 'application/x-www-form-urlencoded')
  return parseFormBody(await readBytes(request))
}

/** @throws InvalidInputError if it is not a JSON object */
export function parseJsonBody(bytes: Uint8Array): JsonObject {
  const value = parse(bytes)
  if (!isJsonObject(value)) throw new InvalidInputError('the body must be a JSON object')
  return value
}

/** @throws InvalidInputError if a parameter is repeated */
export function parseFormBody(bytes: Buffer): JsonObject {
  const parameters = new URLSearchParams(bytes.toString('utf8'))
  if (new Set(parameters.keys()).size < parameters.size) throw new InvalidInputError('a parameter is repeated')
  return Object.fromEntries(parameters)
}

function mediaTypeOf({ headers }: Pick<Request, 'headers'>): string | undefined {
  return headers.get('Content-Type')?.split(';')[0]?.trim().toLowerCase()
}

/** For endpoints whose body is optional. */
export const isJson = (request: Request): boolean => mediaTypeOf(request) === 'application/json'

/** @throws HttpError 415 if the request has another media type */
export function requireMediaType(request: Pick<Request, 'headers'>, needed: string): void {
  if (mediaTypeOf(request) !== needed) throw new HttpError(415, 'unsupported_media_type', `send the body as ${needed}`)
}

async function readBytes(request: Request): Promise<Buffer> {
  const chunks: Uint8Array[] = []
  let size = 0
  for await (const chunk of readable(request)) {
    size += chunk.byteLength
    if (size > MAX_BODY_BYTES) {
      throw new HttpError(413, 'content_too_large', `the body is larger than ${MAX_BODY_BYTES} bytes`)
    }
    chunks.push(chunk)
  }
  return Buffer.concat(chunks)
}

async function* readable(request: Request): AsyncGenerator<Uint8Array> {
  try {
    yield* request.body ?? []
  } catch (cause) {
    throw new InvalidInputError('the body is incomplete', { cause })
  }
}

function parse(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes))
  } catch (cause) {
    throw new InvalidInputError('the body is not valid JSON', { cause })
  }
}

export async function readCredentials(c: Context<AppEnv>): Promise<Omit<Credentials, 'accessTokenIn'>> {
  return { ...credentialsIn(await readJson(c.req.raw)), address: c.get('address') }
}

/** @throws InvalidInputError naming what is missing or too long */
export function credentialsIn(body: JsonObject): Pick<Credentials, 'username' | 'password'> {
  return {
    username: requireText(body, 'username', MAX_USERNAME_LENGTH),
    password: requireText(body, 'password', MAX_PASSWORD_LENGTH),
  }
}

/**
 * Reads the `Idempotency-Key` of a request, if it has one.
 * @throws InvalidInputError if it is not 1 to 255 visible ASCII characters
 */
export function idempotencyKeyOf(request: Request): string | undefined {
  const key = request.headers.get('Idempotency-Key')
  if (key === null) return undefined
  if (!IDEMPOTENCY_KEY.test(key))
    throw new InvalidInputError('Idempotency-Key must be 1 to 255 visible ASCII characters')
  return key
}
