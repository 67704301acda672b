import { createCipheriv, createDecipheriv, createHash, hkdfSync, randomBytes } from 'node:crypto'

const TOKEN_BYTES = 32
const NONCE_BYTES = 12
const TAG_BYTES = 16
const CIPHER = 'aes-256-gcm'

/** An opaque refresh token: 256 random bits. */
export function createRefreshToken(): string {
  return randomBytes(TOKEN_BYTES).toString('base64url')
}

/** What a store may know of a refresh token. A fast hash will do, since 256 random bits cannot be guessed. */
export function hashRefreshToken(token: string): string {
  return createHash('sha256').update(token).digest('base64url')
}

/**
 * Encrypts the successor of `token`, so that only who still holds `token` can have it again: AES-256-GCM under a key
 * that HKDF (RFC 5869) derives from the token, which the server itself does not keep.
 */
export function sealSuccessor(token: string, successor: string): Uint8Array {
  const nonce = randomBytes(NONCE_BYTES)
  const cipher = createCipheriv(CIPHER, sealingKey(token), nonce)
  return Buffer.concat([nonce, cipher.update(successor, 'utf8'), cipher.final(), cipher.getAuthTag()])
}

/** @throws if it was sealed under another token, or was tampered with */
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
