/** No token needs claims nested deeper, and much deeper ones overflow the stack of whatever copies or serialises them. */
const MAX_DEPTH = 32
/** Characters and members, each time they are met: an object that holds itself twice would take for ever. */
const MAX_SIZE = 65_536
// What can not be stored.
const NOT_JSON = ['bigint', 'function', 'symbol']

export type Json = Record<string, unknown>

export function isRecord(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** The members of `value` itself, each read once: what hangs on `Object.prototype` is not part of an answer. */
export function membersOf(value: unknown): Json | undefined {
  return isRecord(value) ? { __proto__: null, ...value } : undefined
}

/** Whether `value` may serve as a token's claims. */
export function isClaims(value: unknown): value is Json {
  let left = MAX_SIZE
  const isBounded = (member: unknown, depth: number): boolean => {
    left -= typeof member === 'string' || Array.isArray(member) ? member.length : 1
    if (left < 0 || NOT_JSON.includes(typeof member)) return false
    if (typeof member !== 'object' || member === null) return true
    if (depth === 0 || ArrayBuffer.isView(member)) return false
    if (Array.isArray(member)) return member.every((inner) => isBounded(inner, depth - 1))
    return Object.entries(member).every(([name, inner]) => {
      left -= name.length
      return isBounded(inner, depth - 1)
    })
  }
  return isRecord(value) && isBounded(value, MAX_DEPTH)
}

/** JSON that nobody can change any more. */
export function frozen<T>(json: T): T {
  if (typeof json !== 'object' || json === null || Object.isFrozen(json)) return json
  for (const member of Object.values(json)) frozen(member)
  return Object.freeze(json)
}

type Optional<T> = { [K in keyof T]: undefined extends T[K] ? K : never }[keyof T]

/** With the members that may be undefined optional instead. */
type Defined<T> = Omit<T, Optional<T>> & { [K in Optional<T>]?: Exclude<T[K], undefined> }

/** Without the members that are undefined: these count as left out. */
export function defined<T extends object>(members: T): Defined<T>
export function defined(members: Json): Json {
  const kept: Json = {}
  for (const name of Object.keys(members)) if (members[name] !== undefined) kept[name] = members[name]
  return kept
}

/** What `text` holds as JSON, and undefined if it is none. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
