import { createCipheriv, createDecipheriv, createHash, hkdfSync, randomBytes } from 'node:crypto'

const TOKEN_BYTES = 32
const NONCE_BYTES = 12
const TAG_BYTES = 16
const CIPHER = 'aes-256-gcm'

/** Creates an opaque refresh token of 256 random bits. */
export function createRefreshToken(): string {
  return randomBytes(TOKEN_BYTES).toString('base64url')
}

/** Hashes a refresh token for the store. A fast hash is enough, because 256 random bits cannot be guessed. */
export function hashRefreshToken(token: string): string {
  return createHash('sha256').update(token).digest('base64url')
}

/**
 * Encrypts the successor of `token` so that only a holder of `token` can decrypt it. The cipher is AES-256-GCM with a key
 * that HKDF (RFC 5869) derives from the token. The server does not keep the token.
 */
export function sealSuccessor(token: string, successor: string): Uint8Array {
  const nonce = randomBytes(NONCE_BYTES)
  const cipher = createCipheriv(CIPHER, sealingKey(token), nonce)
  return Buffer.concat([nonce, cipher.update(successor, 'utf8'), cipher.final(), cipher.getAuthTag()])
}

/** @throws Error if it was sealed with another token, or changed since */
export function unsealSuccessor(token: string, sealed: Uint8Array): string {
  const decipher = createDecipheriv(CIPHER, sealingKey(token), sealed.subarray(0, NONCE_BYTES), {
    authTagLength: TAG_BYTES,
  })
  decipher.setAuthTag(sealed.subarray(-TAG_BYTES))
  return decipher.update(sealed.subarray(NONCE_BYTES, -TAG_BYTES), undefined, 'utf8') + decipher.final('utf8')
}

function sealingKey(token: string): Uint8Array {
  return new Uint8Array(hkdfSync('sha256', token, '', 'refresh token successor', 32))
}
