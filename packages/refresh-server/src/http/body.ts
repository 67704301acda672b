import { HttpError, InvalidInputError } from '../errors.ts'
import { isJsonObject, type JsonObject } from '../input.ts'

const MAX_BODY_BYTES = 16 * 1_024

/**
 * The JSON object that a request carries.
 * @throws HttpError 413 if it is too large, 415 if it is not declared as JSON
 * @throws InvalidInputError if it is no JSON object
 */
export async function readJson(request: Request): Promise<JsonObject> {
  // Declared as JSON means that no foreign page can send it without a CORS preflight.
  const mediaType = request.headers.get('Content-Type')?.split(';')[0]?.trim().toLowerCase()
  if (mediaType !== 'application/json') {
    throw new HttpError(415, 'unsupported_media_type', 'send the body as application/json')
  }
  const value = parse(await readBytes(request))
  if (!isJsonObject(value)) throw new InvalidInputError('the body must be a JSON object')
  return value
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
    throw new InvalidInputError('the body broke off', { cause })
  }
}

function parse(bytes: Buffer): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes))
  } catch (cause) {
    throw new InvalidInputError('the body is not valid JSON', { cause })
  }
}
