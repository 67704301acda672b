import { MOST_LOGINS } from '../codec/stored-ledger.ts'

/**
 * A short name for what may be too long, or not meant to be kept: the same for the same text, and nothing leads back.
 * No more: whoever wants to can find two texts with the same one.
 */
export function digestOf(text: string): string {
  let a = 0x811c9dc5
  let b = 0x9e3779b9
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i)
    a = Math.imul(a ^ code, 0x01000193)
    b = Math.imul(b ^ code, 0x85ebca6b)
    b ^= b >>> 13
  }
  return (a >>> 0).toString(36) + (b >>> 0).toString(36)
}

/** `epoch.digest`: which sign-in began with it. */
type Login = string

export const loginOf = (epoch: number, digest: string): Login => `${epoch}.${digest}`
const digestIn = (login: Login) => login.slice(login.indexOf('.') + 1)
const epochIn = (login: Login) => Number.parseInt(login, 10)

export function isSeen(logins: readonly Login[] = [], digest: string): boolean {
  return logins.some((login) => digestIn(login) === digest)
}

/** All that either has seen, the newest first; `a` itself where `b` has seen no more. */
export function joinLogins(a: readonly Login[] = [], b: readonly Login[] = []): readonly Login[] {
  const newest = new Map<string, Login>()
  for (const login of [...a, ...b]) {
    const known = newest.get(digestIn(login))
    if (!known || epochIn(known) < epochIn(login)) newest.set(digestIn(login), login)
  }
  const joined = [...newest.values()].sort((x, y) => epochIn(y) - epochIn(x) || (x < y ? -1 : 1)).slice(0, MOST_LOGINS)
  return joined.join() === a.join() ? a : joined
}
