import { InvalidInputError } from '../errors.ts'

const KEY = /^[\x21-\x7e]{1,255}$/

/**
 * The `Idempotency-Key` of a request, if it has one.
 * @throws InvalidInputError if it is not 1 to 255 visible ASCII characters
 */
export function idempotencyKeyOf(request: Request): string | undefined {
  const key = request.headers.get('Idempotency-Key')
  if (key === null) return undefined
  if (!KEY.test(key)) throw new InvalidInputError('Idempotency-Key must be 1 to 255 visible ASCII characters')
  return key
}
