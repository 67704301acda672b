import { TokenManagerError } from '../errors.ts'
import { isRecord } from './json.ts'

/** Says what an option must be if `value` is not that. */
export type Rule = (value: unknown, path: string) => string | undefined

export interface Rules {
  readonly [option: string]: Rule
}

/** An option at `path` that is not what it must be. The message never shows a value: it might be a secret. */
export function invalidOption(path: string, expected: string): TokenManagerError {
  return new TokenManagerError('invalid_option', `${path} must be ${expected}`)
}

/** An option that may be left out. */
export function is(expected: string, holds: (value: unknown) => boolean): Rule {
  return (value) => (value === undefined || holds(value) ? undefined : expected)
}

export function number(expected: string, holds: (value: number) => boolean): Rule {
  return is(`a number ${expected}`, (value) => typeof value === 'number' && Number.isFinite(value) && holds(value))
}

export function oneOf(...values: readonly unknown[]): Rule {
  return is(values.join(' or '), (value) => values.includes(value))
}

export const isFunction = is('a function', (value) => typeof value === 'function')
export const isString = is('a string', (value) => typeof value === 'string')
export const isText = is(
  'a string of 1 to 200 characters',
  (value) => typeof value === 'string' && /^.{1,200}$/.test(value),
)
export const isBoolean = is('a boolean', (value) => typeof value === 'boolean')

/** An absolute URL, or one relative to the page, that a page can fetch from or go to. */
export const isHttpUrl = is('an http(s) URL', (value) => {
  try {
    const { protocol, username } = new URL(typeof value === 'string' && value ? value : ':', 'http://localhost')
    return /^https?:$/.test(protocol) && !username
  } catch {
    return false
  }
})

/** Makes an option obligatory. */
export function required(rule: Rule): Rule {
  return (value, path) => (value === undefined ? 'given' : rule(value, path))
}

/**
 * An object whose members follow `rules`; with `open` it may have others.
 * @throws TokenManagerError `invalid_option` for a member, with its path
 */
export function object(rules: Rules, open = false): Rule {
  return (value, path) => {
    if (value === undefined) return undefined
    if (!isRecord(value)) return 'an object'
    for (const key of Object.keys(open ? rules : { ...rules, ...value })) {
      const member = path ? `${path}.${key}` : key
      const rule = Object.hasOwn(rules, key) ? rules[key] : undefined
      const expected = rule ? rule(value[key], member) : `one of ${Object.keys(rules).join(', ')}`
      if (expected) throw invalidOption(member, expected)
    }
    return undefined
  }
}

/** @throws TokenManagerError `invalid_option` that names the option and what is wrong */
export function checkOptions(options: unknown, rules: Rules): void {
  const expected = required(object(rules))(options, '')
  if (expected) throw invalidOption('options', expected)
}
