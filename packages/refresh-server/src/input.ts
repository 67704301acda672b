import { InvalidInputError } from './errors.ts'

/** An object whose members are not validated yet. */
export type JsonObject = Readonly<Record<string, unknown>>

export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** @throws InvalidInputError unless `value` is an object and all its members are among `known` */
export function requireObject(value: unknown, known: readonly string[]): JsonObject {
  if (!isJsonObject(value)) throw new InvalidInputError('must be a JSON object')
  const unknown = Object.keys(value).find((key) => !known.includes(key))
  if (unknown !== undefined) throw new InvalidInputError(`"${unknown}" is not known; expected: ${known.join(', ')}`)
  return value
}

/** @throws InvalidInputError unless the member is a string of 1 to `maxLength` characters */
export function requireText(object: JsonObject, name: string, maxLength: number): string {
  const value = object[name]
  if (typeof value !== 'string' || value.length === 0) {
    throw new InvalidInputError(`"${name}" must be a non-empty string`)
  }
  if (value.length > maxLength) throw new InvalidInputError(`"${name}" is longer than ${maxLength} characters`)
  return value
}

/** @throws InvalidInputError unless the member is one of `allowed` */
export function requireOneOf<T extends string>(object: JsonObject, name: string, allowed: readonly T[]): T {
  const found = allowed.find((candidate) => candidate === object[name])
  if (found === undefined) throw new InvalidInputError(`"${name}" must be one of: ${allowed.join(', ')}`)
  return found
}

export interface IntegerRange {
  min: number
  max: number
}

/** @throws InvalidInputError unless the member is an integer within the range */
export function requireInteger(object: JsonObject, name: string, range: IntegerRange): number {
  const value = object[name]
  if (!isIntegerWithin(value, range)) {
    throw new InvalidInputError(`"${name}" must be an integer from ${range.min} to ${range.max}`)
  }
  return value
}

export function isIntegerWithin(value: unknown, range: IntegerRange): value is number {
  return typeof value === 'number' && Number.isInteger(value) && value >= range.min && value <= range.max
}
