/** No token needs claims nested deeper, and much deeper ones overflow the stack of whatever copies or serialises them. */
const MAX_DEPTH = 32

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function isShallow(value: unknown, depth = MAX_DEPTH): boolean {
  if (typeof value !== 'object' || value === null) return true
  return depth > 0 && Object.values(value).every((member) => isShallow(member, depth - 1))
}

/** Whether `value` may serve as a token's claims. */
export function isClaims(value: unknown): value is Record<string, unknown> {
  return isRecord(value) && isShallow(value)
}

/** A member of `record` itself: what a page or an attacker hung onto `Object.prototype` is not part of an answer. */
export function own(record: Record<string, unknown>, key: string): unknown {
  return Object.hasOwn(record, key) ? record[key] : undefined
}

/** What `text` holds as JSON, and undefined if it is none. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
