/** No token needs claims nested deeper, and much deeper ones overflow the stack of whatever copies or serialises them. */
const MAX_DEPTH = 32

export type Json = Record<string, unknown>

export function isRecord(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** The members of `value` itself, each read once: what hangs on `Object.prototype` is not part of an answer. */
export function membersOf(value: unknown): Json | undefined {
  return isRecord(value) ? { __proto__: null, ...value } : undefined
}

function isShallow(value: unknown, depth: number): boolean {
  if (typeof value !== 'object' || value === null) return true
  return depth > 0 && Object.values(value).every((member) => isShallow(member, depth - 1))
}

/** Whether `value` may serve as a token's claims. */
export function isClaims(value: unknown): value is Json {
  return isRecord(value) && isShallow(value, MAX_DEPTH)
}

/** What `text` holds as JSON, and undefined if it is none. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
