import { parseTokenResponse, type TokenResponseFormat } from '../../src/codec/token-response.ts'
import { isTokenManagerError } from '../../src/errors.ts'
import type { TokenSet } from '../../src/types.ts'

export const WALL_NOW = 1_700_000_000_000

export function parse(json: unknown, format: Partial<TokenResponseFormat> = {}): TokenSet {
  return parseTokenResponse(json, { accessTokenIn: 'header', refreshTokenIn: 'body', wallNow: WALL_NOW, ...format })
}

/** What is wrong with a token response. Throws what is no `invalid_response`. */
export function problemOf(json: unknown, format: Partial<TokenResponseFormat> = {}): string {
  try {
    parse(json, format)
  } catch (error) {
    if (isTokenManagerError(error) && error.code === 'invalid_response') return error.message
    throw error
  }
  throw new Error('It was taken for a token response.')
}
