import { randomBytes, scrypt, timingSafeEqual } from 'node:crypto'

interface ScryptParameters {
  /** Binary logarithm of the cost N. */
  ln: number
  /** Block size. */
  r: number
  /** Parallelisation. */
  p: number
}

interface PasswordHash extends ScryptParameters {
  salt: Buffer
  key: Buffer
}

// One of the equivalent settings of the OWASP Password Storage Cheat Sheet; 16 MiB for each sign-in under way.
const DEFAULT_PARAMETERS: ScryptParameters = { ln: 14, r: 8, p: 5 }
// One sign-in must not exhaust the memory of the machine.
const MAX_MEMORY_BYTES = 2 ** 28
const SALT_BYTES = 16
const KEY_BYTES = 32
const PHC = /^\$scrypt\$ln=(\d{1,2}),r=(\d{1,2}),p=(\d{1,2})\$([A-Za-z0-9+/]{11,86})\$([A-Za-z0-9+/]{22,86})$/

/**
 * Hashes a password for the option `users`, with scrypt and a random salt. The result is a PHC string:
 * `$scrypt$ln=14,r=8,p=5$<salt>$<key>`.
 * @param parameters `ln` is the binary logarithm of the cost, 14 by default; `r` the block size, 8 by default; `p` the
 * parallelisation, 5 by default
 * @see https://www.rfc-editor.org/rfc/rfc7914
 */
export async function hashPassword(password: string, parameters: Partial<ScryptParameters> = {}): Promise<string> {
  const { ln, r, p } = { ...DEFAULT_PARAMETERS, ...parameters }
  const salt = randomBytes(SALT_BYTES)
  const key = await derive(password, { ln, r, p, salt, keyBytes: KEY_BYTES })
  return toPhc({ ln, r, p, salt, key })
}

/**
 * Creates a hash that matches no password. Verifying against it takes as long as against the slowest of `hashes`, so
 * response times do not reveal which users exist.
 */
export function createDummyHash(hashes: readonly string[]): string {
  const known = hashes.map(parsePasswordHash).filter((hash) => hash !== undefined)
  const { ln, r, p } = known.sort((a, b) => costOf(b) - costOf(a))[0] ?? DEFAULT_PARAMETERS
  return toPhc({ ln, r, p, salt: randomBytes(SALT_BYTES), key: randomBytes(KEY_BYTES) })
}

/** Checks a password against a hash, in constant time for hashes of the same parameters. */
export async function verifyPassword(password: string, hash: string): Promise<boolean> {
  const parsed = parsePasswordHash(hash)
  if (parsed === undefined) return false
  const key = await derive(password, { ...parsed, keyBytes: parsed.key.length })
  return timingSafeEqual(key, parsed.key)
}

export function isPasswordHash(hash: string): boolean {
  return parsePasswordHash(hash) !== undefined
}

function parsePasswordHash(hash: string): PasswordHash | undefined {
  const [, ln, r, p, salt, key] = PHC.exec(hash) ?? []
  if (salt === undefined || key === undefined) return undefined
  const parameters = { ln: Number(ln), r: Number(r), p: Number(p) }
  if (!isPossible(parameters) || memoryBytes(parameters) > MAX_MEMORY_BYTES) return undefined
  return { ...parameters, salt: Buffer.from(salt, 'base64'), key: Buffer.from(key, 'base64') }
}

// RFC 7914 section 2: the cost is less than 2^(128 * r / 8).
function isPossible({ ln, r, p }: ScryptParameters): boolean {
  return ln >= 1 && r >= 1 && p >= 1 && ln < 16 * r
}

function derive(password: string, options: ScryptParameters & { salt: Buffer; keyBytes: number }): Promise<Buffer> {
  const settings = { N: 2 ** options.ln, r: options.r, p: options.p, maxmem: 2 * memoryBytes(options) }
  return new Promise((resolve, reject) => {
    scrypt(password.normalize('NFKC'), options.salt, options.keyBytes, settings, (error, key) => {
      if (error === null) resolve(key)
      else reject(error)
    })
  })
}

function costOf({ ln, r, p }: ScryptParameters): number {
  return 2 ** ln * r * p
}

function memoryBytes({ ln, r, p }: ScryptParameters): number {
  return 128 * r * (2 ** ln + p)
}

function toPhc({ ln, r, p, salt, key }: PasswordHash): string {
  return `$scrypt$ln=${ln},r=${r},p=${p}$${unpadded(salt)}$${unpadded(key)}`
}

function unpadded(bytes: Buffer): string {
  return bytes.toString('base64').replace(/=+$/, '')
}
