/** Returns the result, or undefined if `read` throws one of the expected errors. */
export function unlessRefused<T>(errors: readonly (abstract new (...args: never) => Error)[], read: () => T) {
  try {
    return read()
  } catch (error) {
    if (errors.some((refusal) => error instanceof refusal)) return undefined
    throw error
  }
}
