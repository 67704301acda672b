/** What was read, and nothing if it was refused with one of the errors that are meant for that. */
export function unlessRefused<T>(errors: readonly (abstract new (...args: never) => Error)[], read: () => T) {
  try {
    return read()
  } catch (error) {
    if (errors.some((refusal) => error instanceof refusal)) return undefined
    throw error
  }
}
