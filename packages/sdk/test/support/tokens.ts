import { onTestFinished, vi } from 'vitest'
import { createTokenManager, type TokenManager, type TokenManagerOptions } from '../../src/index.ts'
import type { RefreshRequest, RefreshTransport } from '../../src/ports.ts'
import type { RefreshOutcome, SessionEvent, TokenSet } from '../../src/types.ts'
import { HOUR, MINUTE, SECOND } from './sessions.ts'

/** What the app's login form gets; the first generation. */
export const LOGIN: TokenSet = {
  accessToken: 'SECRET-access-1',
  refreshToken: 'SECRET-refresh-1',
  accessLifetimeMs: 15 * MINUTE,
  subject: 'amara',
}

/** An endpoint in the page: it rotates, unless a test has it answer otherwise. */
export interface FakeEndpoint extends RefreshTransport {
  readonly asked: RefreshRequest[]
  readonly revoked: Array<string | undefined>
  /** What it answers from now on. */
  respond: (request: RefreshRequest) => Promise<RefreshOutcome>
}

export function rotated(generation: number, members: Partial<TokenSet> = {}): RefreshOutcome {
  const tokens = { ...LOGIN, accessToken: `SECRET-access-${generation}`, refreshToken: `SECRET-refresh-${generation}` }
  return { kind: 'tokens', tokens: { ...tokens, ...members } }
}

export function createEndpoint(members: Partial<RefreshTransport> = {}): FakeEndpoint {
  const endpoint: FakeEndpoint = {
    kind: 'fake',
    url: '/auth/refresh',
    refreshTokenIn: 'body',
    accessTokenIn: 'header',
    idempotentRefresh: false,
    asked: [],
    revoked: [],
    respond: async () => rotated(endpoint.asked.length + 1),
    refresh(request) {
      endpoint.asked.push(request)
      return endpoint.respond(request)
    },
    revoke: async ({ refreshToken }) => void endpoint.revoked.push(refreshToken),
    parse: (response) => response as TokenSet,
    ...members,
  }
  return endpoint
}

/** Virtual time for what the SDK waits for; promises and fetch go on by themselves. */
export function useVirtualTime(): void {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'Date', 'performance'] })
}

export interface Page {
  tokens: TokenManager
  endpoint: FakeEndpoint
  /** What left, apart from refreshes. */
  sent: Request[]
  events: SessionEvent[]
  /** What the API answers. */
  answer: (request: Request) => Response | Promise<Response>
}

let pages = 0

const STEADY = { jitterRatio: 0 }

/** A manager alone in its page, over a network that only a test sees. Disposed of when the test is over. */
export function openPage(options: Partial<TokenManagerOptions> = {}, transport: Partial<RefreshTransport> = {}): Page {
  sessionStorage.clear()
  const endpoint = createEndpoint(transport)
  const network: typeof fetch = async (input, init) => {
    const request = new Request(input, init)
    page.sent.push(request)
    return page.answer(request)
  }
  const tokens = createTokenManager({
    name: `page-${++pages}`,
    transport: endpoint,
    tabs: 'off',
    policy: STEADY,
    fetch: network,
    ...options,
  })
  const page: Page = { tokens, endpoint, sent: [], events: [], answer: () => new Response('{}') }
  tokens.onEvent((event) => page.events.push(event))
  onTestFinished(async () => {
    const gone = tokens.dispose()
    // A refresh that a test never answers takes its time.
    if (vi.isFakeTimers()) await pass(MINUTE)
    await gone
  })
  return page
}

/** The same, signed in. */
export async function signIn(
  options: Partial<TokenManagerOptions> = {},
  transport: Partial<RefreshTransport> = {},
): Promise<Page> {
  const page = openPage(options, transport)
  await page.tokens.setSession(LOGIN)
  return page
}

/** Lets `ms` pass. */
export const pass = (ms: number) => vi.advanceTimersByTimeAsync(ms)

/** All that lies in a storage. */
export const contents = (storage: Storage) =>
  Array.from({ length: storage.length }, (_, i) => [storage.key(i), storage.getItem(storage.key(i) ?? '')])

export const bearer = (request: Request | undefined) => request?.headers.get('authorization')
export const types = (events: readonly SessionEvent[]) => events.map(({ type }) => type)

/** What never answers. */
export const hang = () => new Promise<never>(() => {})

export const codeOf = (error: unknown) => (error as { code?: string } | undefined)?.code

export const unauthorized = () => new Response('{"error":"unauthorized"}', { status: 401 })

/** An API that takes only what is newer than the first token. */
export const refusesFirst = (request: Request) =>
  bearer(request) === 'Bearer SECRET-access-1' ? unauthorized() : Response.json({ ok: true })

/** A page whose token has expired, while no refresh is ever answered. */
export async function openExpired(): Promise<Page> {
  const page = await signIn()
  page.endpoint.respond = hang
  await pass(HOUR)
  return page
}

/** The same, with a refresh under way that a test lets come back. */
export async function openRefreshing(): Promise<{ page: Page; release(): void }> {
  const page = await signIn()
  let release = () => {}
  page.endpoint.respond = () =>
    new Promise((resolve) => {
      release = () => resolve(rotated(2))
    })
  // The token is too old by then, and the second attempt under way.
  await pass(14 * MINUTE + 58 * SECOND)
  return { page, release: () => release() }
}
