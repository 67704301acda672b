import { createPrivateKey, createPublicKey, createSecretKey, type JsonWebKey, type KeyObject } from 'node:crypto'
import type { JWK, JWTHeaderParameters } from 'jose'

export const ALGORITHMS = ['HS256', 'RS256', 'ES256'] as const

export type SigningAlgorithm = (typeof ALGORITHMS)[number]

type PublishedKey = JsonWebKey & { kid: string; alg: SigningAlgorithm; use: 'sig' }

export interface SigningKey {
  /** The key from the option `secret` has none. */
  kid?: string
  algorithm: SigningAlgorithm
  signWith: KeyObject
  verifyWith: KeyObject
  /** The public part; absent for HS256. */
  published?: PublishedKey
}

/** The keys of the access tokens. One signs, all verify. */
export interface KeyRing {
  signing(): SigningKey
  /** Finds the key that a token names, only if the algorithm matches: a public key is never used as an HMAC secret. */
  find(header: Pick<JWTHeaderParameters, 'alg' | 'kid'>): SigningKey | undefined
  /** The public keys as a JWK Set (RFC 7517 section 5). */
  published(): { keys: PublishedKey[] }
  /** Replaces all keys. The first one signs from now on. */
  replace(keys: readonly SigningKey[]): void
}

const MIN_RSA_BITS = 2_048
const MIN_SECRET_BYTES = 32
const CURVE = 'prime256v1'

/** @param secret also verifies where there are keys, so tokens from before the change stay valid */
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
 * @returns the key, or a text that says what is wrong and quotes nothing of the key
 */
export function readSigningKey(jwk: JWK): SigningKey | string {
  const { kid, alg } = jwk
  if (typeof kid !== 'string' || kid === '') return 'has no "kid"'
  const algorithm = ALGORITHMS.find((known) => known === alg)
  if (algorithm === undefined) return `must have an "alg" out of ${ALGORITHMS.join(', ')}`
  try {
    return algorithm === 'HS256' ? readSecret(jwk, kid) : readPrivate(jwk, { kid, algorithm })
  } catch {
    return `is not a private key for ${algorithm}`
  }
}

function readSecret({ kty, k }: JWK, kid: string): SigningKey | string {
  if (kty !== 'oct' || typeof k !== 'string') return 'is not a secret key ("kty": "oct") for HS256'
  const secret = Buffer.from(k, 'base64url')
  // RFC 7518 section 3.2 requires it.
  if (secret.byteLength < MIN_SECRET_BYTES) return `is weak: it has fewer than ${MIN_SECRET_BYTES} bytes`
  return { ...secretKey(secret), kid }
}

function readPrivate(jwk: JsonWebKey, name: { kid: string; algorithm: 'RS256' | 'ES256' }): SigningKey | string {
  const signWith = createPrivateKey({ key: jwk, format: 'jwk' })
  const { modulusLength = 0, namedCurve } = signWith.asymmetricKeyDetails ?? {}
  const { asymmetricKeyType: type } = signWith
  if (name.algorithm === 'RS256' ? type !== 'rsa' : namedCurve !== CURVE) return `is not a key for ${name.algorithm}`
  // RFC 7518 section 3.3 requires it.
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
