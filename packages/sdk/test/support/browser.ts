import { onTestFinished } from 'vitest'
import { createTokenManager, type TokenManager, type TokenManagerOptions, webStore } from '../../src/index.ts'
import type { SessionEvent } from '../../src/types.ts'
import { MINUTE, SECOND } from './sessions.ts'
import { createEndpoint, type FakeEndpoint, LOGIN, pass } from './tokens.ts'

export const STEADY = { jitterRatio: 0 }

export interface Opened {
  tokens: TokenManager
  endpoint: FakeEndpoint
  events: SessionEvent[]
  /** The authorization of what left. */
  sent: Array<string | null>
}

/** A page of one browser: what the one before stored is still there. */
export function open(options: Partial<TokenManagerOptions> = {}): Opened {
  const endpoint = createEndpoint()
  const sent: Array<string | null> = []
  const tokens = createTokenManager({
    transport: endpoint,
    store: webStore('local'),
    policy: STEADY,
    fetch: async (input, init) => {
      sent.push(new Request(input, init).headers.get('authorization'))
      return new Response('{}')
    },
    ...options,
  })
  const events: SessionEvent[] = []
  tokens.onEvent((event) => events.push(event))
  onTestFinished(async () => {
    const gone = tokens.dispose()
    await pass(MINUTE)
    await gone
  })
  return { tokens, endpoint, events, sent }
}

/** The same, once it knows whether there is a session. */
export async function restore(options: Partial<TokenManagerOptions> = {}): Promise<Opened> {
  const page = open(options)
  await pass(3 * SECOND)
  return page
}

/** What becomes of calls that do not wait for anything. */
export async function outcomes(calls: readonly Promise<unknown>[]): Promise<unknown[]> {
  const settled = Promise.all(calls.map((call) => call.catch((error: unknown) => error)))
  await pass(3 * SECOND)
  return settled
}

export async function leave({ tokens }: Opened): Promise<void> {
  const gone = tokens.dispose()
  await pass(SECOND)
  await gone
}

/** Signs in, closes the page, and lets time pass. */
export async function signInAndLeave(awayMs: number, options: Partial<TokenManagerOptions> = {}): Promise<void> {
  const page = open(options)
  await pass(SECOND)
  await page.tokens.setSession(LOGIN)
  await leave(page)
  await pass(awayMs)
}
