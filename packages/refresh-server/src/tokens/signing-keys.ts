import { createPrivateKey, createPublicKey, createSecretKey, type JsonWebKey, type KeyObject } from 'node:crypto'
import type { JWK, JWTHeaderParameters } from 'jose'

export const ALGORITHMS = ['HS256', 'RS256', 'ES256'] as const

export type SigningAlgorithm = (typeof ALGORITHMS)[number]

type PublishedKey = JsonWebKey & { kid: string; alg: SigningAlgorithm; use: 'sig' }

export interface SigningKey {
  /** Only the key that an option `secret` gives has none. */
  kid?: string
  algorithm: SigningAlgorithm
  signWith: KeyObject
  verifyWith: KeyObject
  /** What everybody may know; nothing of an HS256 key. */
  published?: PublishedKey
}

/** The keys of the access tokens: one signs, all check. */
export interface KeyRing {
  signing(): SigningKey
  /** The key that a token says it was signed with; its algorithm fits, so that no public key is taken for a secret. */
  find(header: Pick<JWTHeaderParameters, 'alg' | 'kid'>): SigningKey | undefined
  /** As in RFC 7517 section 5. */
  published(): { keys: PublishedKey[] }
  /** The first of the keys signs from now on. */
  replace(keys: readonly SigningKey[]): void
}

const MIN_RSA_BITS = 2_048
const MIN_SECRET_BYTES = 32
const CURVE = 'prime256v1'

/** @param secret also checks where there are keys, so that tokens from before them stay good */
export function createKeyRing(initial: readonly SigningKey[], secret: SigningKey | undefined): KeyRing {
  const withSecret = (keys: readonly SigningKey[]) => (secret === undefined ? keys : [...keys, secret])
  let keys = withSecret(initial)

  return {
    signing() {
      const [first] = keys
      if (first === undefined) throw new Error('there is no key to sign with')
      return first
    },
    find: ({ alg, kid }) => keys.find((key) => key.kid === kid && key.algorithm === alg),
    published: () => ({ keys: keys.flatMap(({ published }) => published ?? []) }),
    replace(next) {
      keys = withSecret(next)
    },
  }
}

export function secretKey(secret: Uint8Array): SigningKey {
  const key = createSecretKey(secret)
  return { algorithm: 'HS256', signWith: key, verifyWith: key }
}

/**
 * Reads a private or secret key (RFC 7517) with its `kid` and `alg`.
 * @returns what is wrong with it, which quotes nothing of it
 */
export function readSigningKey(jwk: JWK): SigningKey | string {
  const { kid, alg } = jwk
  if (typeof kid !== 'string' || kid === '') return 'has no "kid"'
  const algorithm = ALGORITHMS.find((known) => known === alg)
  if (algorithm === undefined) return `has no "alg" out of ${ALGORITHMS.join(', ')}`
  try {
    return algorithm === 'HS256' ? readSecret(jwk, kid) : readPrivate(jwk, { kid, algorithm })
  } catch {
    return `is no private key for ${algorithm}`
  }
}

function readSecret({ kty, k }: JWK, kid: string): SigningKey | string {
  if (kty !== 'oct' || typeof k !== 'string') return 'is no secret key ("kty": "oct") for HS256'
  const secret = Buffer.from(k, 'base64url')
  // RFC 7518 section 3.2.
  if (secret.byteLength < MIN_SECRET_BYTES) return `is weak: it has fewer than ${MIN_SECRET_BYTES} bytes`
  return { ...secretKey(secret), kid }
}

function readPrivate(jwk: JsonWebKey, name: { kid: string; algorithm: 'RS256' | 'ES256' }): SigningKey | string {
  const signWith = createPrivateKey({ key: jwk, format: 'jwk' })
  const { modulusLength = 0, namedCurve } = signWith.asymmetricKeyDetails ?? {}
  const { asymmetricKeyType: type } = signWith
  if (name.algorithm === 'RS256' ? type !== 'rsa' : namedCurve !== CURVE) return `is no key for ${name.algorithm}`
  // RFC 7518 section 3.3.
  if (type === 'rsa' && modulusLength < MIN_RSA_BITS) return `is weak: it has fewer than ${MIN_RSA_BITS} bits`
  const verifyWith = createPublicKey(signWith)
  const { kid, algorithm } = name
  return {
    kid,
    algorithm,
    signWith,
    verifyWith,
    published: { ...verifyWith.export({ format: 'jwk' }), kid, alg: algorithm, use: 'sig' },
  }
}
