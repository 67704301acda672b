import { isTokenManagerError } from '../../src/errors.ts'

/** What is wrong with options, given the way a page without types gives them. Throws what is no `invalid_option`. */
export function invalidOptionOf(call: (...options: never[]) => unknown, ...options: unknown[]): string {
  try {
    Reflect.apply(call, undefined, options)
  } catch (error) {
    if (isTokenManagerError(error) && error.code === 'invalid_option') return error.message
    throw error
  }
  throw new Error('They were taken for options.')
}
