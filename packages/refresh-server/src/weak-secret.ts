import { MIN_SECRET_BYTES } from './option-guards.ts'

// A secret of 32 random bytes has at least as many different characters, in hexadecimal nearly always.
const MIN_DIFFERENT = 10
const PLACEHOLDER = /change.?me|change.?this|placeholder|your.+secret|super.?secret|example|password|replace/i

/** Why a secret that somebody wrote down could be guessed; undefined if nothing speaks against it. */
export function problemOfSecret(secret: string): string | undefined {
  if (secret.length === 0) return 'is empty'
  if (Buffer.byteLength(secret) < MIN_SECRET_BYTES) return `is weak: it has fewer than ${MIN_SECRET_BYTES} bytes`
  if (PLACEHOLDER.test(secret)) return 'is weak: it looks like the placeholder of an example'
  if (new Set(secret).size < MIN_DIFFERENT) return `is weak: it has fewer than ${MIN_DIFFERENT} different characters`
  return undefined
}
