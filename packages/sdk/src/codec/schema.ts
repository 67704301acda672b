import { TokenManagerError } from '../errors.ts'
import { isRecord, type Json } from './json.ts'

/** Gives back what it lets pass. @throws TokenManagerError `invalid_option`, with the path and what the value must be */
export type Rule<T = unknown> = (value: unknown, path: string) => T

/** Those of the members of a `T`; one that may be absent has a `?` after its name. */
export type Rules<T> = {
  readonly [K in keyof T & string as object extends Pick<T, K> ? `${K}?` : K]-?: Rule
}

/** The message never shows the value: it might be a secret. */
export function invalidOption(path: string, expected: string): TokenManagerError {
  return new TokenManagerError('invalid_option', `${path} must be ${expected}`)
}

function unknownOption(path: string, members: readonly { name: string }[]): TokenManagerError {
  const known = members.map(({ name }) => name).join(', ')
  return new TokenManagerError('invalid_option', `${path} is unknown: it must be one of ${known}`)
}

/** What `holds` throws counts as a no. */
export function is(expected: string, holds: (value: unknown) => unknown): Rule {
  return (value, path) => {
    try {
      if (holds(value)) return value
    } catch {}
    throw invalidOption(path, expected)
  }
}

export const typeOf = (type: 'string' | 'function' | 'boolean'): Rule =>
  is(`a ${type}`, (value) => typeof value === type)

export const aFunction = typeOf('function')

export const oneOf = (...values: readonly unknown[]): Rule => is(values.join(' or '), (value) => values.includes(value))

export const numberFrom = (min: number, max = Number.MAX_VALUE): Rule =>
  is(
    `a number from ${min}${max < Number.MAX_VALUE ? ` to ${max}` : ''}`,
    (value) => typeof value === 'number' && value >= min && value <= max,
  )

export const textLike = (pattern: RegExp, expected = `a string like ${pattern}`): Rule =>
  is(expected, (value) => typeof value === 'string' && pattern.test(value))

export const shortText = textLike(/^.{1,200}$/, 'a string of 1 to 200 characters')

export function arrayOf(rule: Rule): Rule {
  return (value, path) => {
    if (!Array.isArray(value)) throw invalidOption(path, 'an array')
    return Array.from(value, (member, index) => rule(member, `${path}.${index}`))
  }
}

const url = (value: unknown, base?: string): string =>
  new URL(typeof value === 'string' && value ? value : '//', base).href

/** Absolute, or relative to the page; without user and password, which fetch refuses. */
export const httpUrl = is('an http(s) URL', (value) => /^https?:\/\/[^/@]+\//.test(url(value, 'http://a')))

/** Not a pattern: the token is given to origins that are named. */
export const httpOrigin = is('an origin such as https://api.example.com', (value) =>
  /^https?:\/\/[^/@*]+\/$/.test(url(value)),
)

/** Members that have no rule are left out; `strict` refuses them. */
export function record<T>(rules: Rules<T>, strict?: 'strict'): Rule<T> {
  const members = Object.entries<Rule>(rules).map(([key, rule]) => ({ key, name: key.replace('?', ''), rule }))
  return (value, path) => {
    if (!isRecord(value)) throw invalidOption(path, 'an object')
    const kept: Json = {}
    for (const { key, name, rule } of members) {
      const member = value[name]
      if (member !== undefined || name === key) kept[name] = rule(member, `${path}.${name}`)
    }
    for (const name of strict ? Object.keys(value) : []) {
      if (value[name] !== undefined && !Object.hasOwn(kept, name)) throw unknownOption(`${path}.${name}`, members)
    }
    // Every member of T has passed its rule, which the compiler can not follow.
    return kept as T
  }
}

export const MAX_TOKEN_LENGTH = 65_536
export const MAX_LIFETIME_MS = 3_650 * 86_400_000

/** RFC 6749 appendix A, without the space, which no token has: anything else does not fit into a header. */
export function isToken(value: unknown): value is string {
  return typeof value === 'string' && value.length <= MAX_TOKEN_LENGTH && /^[!-~]+$/.test(value)
}

export const isLifetime = (ms: number): boolean => ms > 0 && ms <= MAX_LIFETIME_MS
