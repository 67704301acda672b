import type { TokenManager } from '@token-manager/sdk'
import { describeFailure } from '../format/failure.ts'
import type { TransportFlavour } from './transport-flavour.ts'

const LOGIN_URL: Readonly<Record<TransportFlavour, string>> = { json: '/auth/login', cookie: '/auth/cookie/login' }
const PATIENCE_MS = 20_000

export interface SignInOptions {
  tokens: TokenManager
  flavour: TransportFlavour
  fetch: typeof fetch
}

/** Signs in. Settles with what to tell the user if that failed, and never rejects. */
export async function signIn(
  credentials: { username: string; password: string },
  { tokens, flavour, fetch }: SignInOptions,
): Promise<string | undefined> {
  try {
    const response = await fetch(LOGIN_URL[flavour], {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify(credentials),
      signal: AbortSignal.timeout(PATIENCE_MS),
    })
    if (response.status === 401) return 'The user name or the password is wrong.'
    if (!response.ok) return `The server could not sign you in just now (HTTP ${response.status}). Please try again.`
    await tokens.setSession(await response.json())
    return undefined
  } catch (error) {
    return `${describeFailure(error)} Please try again.`
  }
}
