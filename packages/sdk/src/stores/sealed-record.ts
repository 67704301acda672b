import { parseJson } from '../codec/json.ts'
import { is, oneOf, record } from '../codec/schema.ts'
import { count, id, instant, readStored } from '../codec/stored.ts'
import type { StoredSession } from '../types.ts'

/** What can be read without the key. It is authenticated together with what is sealed: a changed one opens nothing. */
interface Header {
  readonly v: 1
  readonly name: string
  readonly epoch: number
  readonly sid: string
  readonly generation: number
}

/** A session as it lies in the database, with its key: both are replaced at once, so that they always match. */
export interface SealedRecord extends Header {
  readonly key: CryptoKey
  readonly nonce: Uint8Array<ArrayBuffer>
  readonly sealed: ArrayBuffer
}

const ALGORITHM = 'AES-GCM'
const KEY_BITS = 256
const USAGES: readonly KeyUsage[] = ['encrypt', 'decrypt']
/** 96 bits, as NIST SP 800-38D asks of random nonces; far fewer are drawn for a key than the 2^32 that it allows. */
const NONCE_BYTES = 12

const isKey = (value: unknown): boolean =>
  value instanceof CryptoKey &&
  value.algorithm.name === ALGORITHM &&
  'length' in value.algorithm &&
  value.algorithm.length === KEY_BITS &&
  !value.extractable &&
  USAGES.every((usage) => value.usages.includes(usage))

/** What lies in the database under `name`, if it is a sealed record of this version; whether it opens is not said. */
export function parseSealedRecord(value: unknown, name: string): SealedRecord | undefined {
  const sealedRecord = record<SealedRecord>({
    v: oneOf(1),
    name: oneOf(name),
    epoch: instant,
    sid: id,
    generation: count,
    key: is('a key', isKey),
    nonce: is('a nonce', (nonce) => nonce instanceof Uint8Array && nonce.length === NONCE_BYTES),
    sealed: is('bytes', (sealed) => sealed instanceof ArrayBuffer),
  })
  return readStored(sealedRecord, value)
}

export function createKey(): Promise<CryptoKey> {
  return crypto.subtle.generateKey({ name: ALGORITHM, length: KEY_BITS }, false, USAGES)
}

function cipher({ v, name, epoch, sid, generation }: Header, nonce: Uint8Array<ArrayBuffer>): AesGcmParams {
  const header = JSON.stringify([v, name, epoch, sid, generation])
  return { name: ALGORITHM, iv: nonce, additionalData: new TextEncoder().encode(header) }
}

export async function seal(session: StoredSession, name: string, key: CryptoKey): Promise<SealedRecord> {
  const { epoch, sid, generation } = session
  const header: Header = { v: 1, name, epoch, sid, generation }
  const nonce = crypto.getRandomValues(new Uint8Array(NONCE_BYTES))
  const text = new TextEncoder().encode(JSON.stringify(session))
  return { ...header, key, nonce, sealed: await crypto.subtle.encrypt(cipher(header, nonce), key, text) }
}

/** What was sealed. Rejects with an `OperationError` if it, or its header, is not what the key sealed. */
export async function unseal(sealedRecord: SealedRecord): Promise<unknown> {
  const { nonce, key, sealed } = sealedRecord
  return parseJson(new TextDecoder().decode(await crypto.subtle.decrypt(cipher(sealedRecord, nonce), key, sealed)))
}
