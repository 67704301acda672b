const encode = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url')

/** An unsigned JWT: the SDK verifies nothing. */
export function jwt(claims: unknown): string {
  return `${encode({ alg: 'none' })}.${encode(claims)}.c2ln`
}
