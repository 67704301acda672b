import {
  cookieTransport,
  createTokenManager,
  isTokenManagerError,
  jsonTransport,
  memoryStore,
  type RefreshTransport,
  type SessionSnapshot,
  type SessionStore,
  type TokenManager,
  type TokenManagerOptions,
  webStore,
} from '@token-manager/sdk'
import { encryptedStore } from '@token-manager/sdk/encrypted-store'
import { createKy } from '@token-manager/sdk/ky'
import * as stored from '../../../packages/sdk/test/support/stored-records.ts'
import { createPoll, type Poll } from './poll.ts'

/** Which manager a page makes when it is loaded; it stands in the page's address, so that it survives a reload. */
export interface ManagerConfig {
  /** Default `json`. */
  flavour?: 'json' | 'cookie' | 'all-cookie'
  /** Default `memory`. */
  store?: 'memory' | 'session' | 'local' | 'encrypted'
  /** The key of a session in web storage, where a test looks for it. */
  storeKey?: string
  /** The cookie that each answer of the refresh endpoint changes; none by default. */
  marker?: string
  /** Whether the endpoint replays. Default false. */
  idempotentRefresh?: boolean
  /** With a cookie: a revocation names its session. Default false. */
  namedRevocation?: boolean
  options?: Omit<TokenManagerOptions, 'transport' | 'store' | 'fetch'>
}

interface SignInOptions {
  /** Default `amara`. */
  username?: string
  /** `over`: the manager takes the access token for expired from the start; the server goes on accepting it. */
  lifetime?: 'over'
  tokens?: TokenManager
}

export interface PageApi {
  readonly tokens: TokenManager
  readonly createKy: typeof createKy
  readonly encryptedStore: typeof encryptedStore
  /** What others do to the database of encrypted sessions. */
  readonly stored: typeof stored
  /** The page's `fetch` before anybody replaced it. */
  readonly fetch: typeof fetch
  create(config: ManagerConfig): TokenManager
  /** Signs in against the server and gives the manager the session. */
  signIn(options?: SignInOptions): Promise<SessionSnapshot>
  /** What became of calls, and how often: an answer's status, `token`, or the code of an error. */
  outcomes(calls: readonly Promise<unknown>[]): Promise<Record<string, number>>
  poll(everyMs: number): Poll
  /** A call of the protected API. */
  patients(): Promise<Response>
}

declare global {
  /** What the tests do in the page goes through this. */
  var app: PageApi
  /** What a test leaves in the page, to look at later. */
  var waiting: Promise<Record<string, number>>
  /** What the manager gave out, and what calls failed with; where a test collects it. */
  var told: unknown[]
  /** How many timers are set; where a test counts them. */
  var pendingTimers: () => number
}

const LOGIN = { json: '/auth/login', cookie: '/auth/cookie/login', 'all-cookie': '/auth/cookie/login?access=cookie' }
// As short as a lifetime may be.
const EXPIRED_S = 0.001
const flavours = new WeakMap<TokenManager, keyof typeof LOGIN>()
const network = globalThis.fetch.bind(globalThis)

function transportFor({
  flavour = 'json',
  idempotentRefresh = false,
  namedRevocation = false,
  marker,
}: ManagerConfig): RefreshTransport {
  return flavour === 'json'
    ? jsonTransport({ url: '/auth/refresh', revokeUrl: '/auth/logout', idempotentRefresh })
    : cookieTransport({
        url: '/auth/cookie/refresh',
        revokeUrl: '/auth/cookie/logout',
        idempotentRefresh,
        namedRevocation,
        ...(marker !== undefined && { marker }),
        accessTokenIn: flavour === 'cookie' ? 'header' : 'cookie',
      })
}

function storeFor({ store = 'memory', storeKey }: ManagerConfig): SessionStore {
  if (store === 'encrypted') return encryptedStore()
  return store === 'memory' ? memoryStore() : webStore(store, storeKey === undefined ? {} : { key: storeKey })
}

function create(config: ManagerConfig): TokenManager {
  const tokens = createTokenManager({ ...config.options, transport: transportFor(config), store: storeFor(config) })
  flavours.set(tokens, config.flavour ?? 'json')
  return tokens
}

async function signIn({
  username = 'amara',
  lifetime,
  tokens = app.tokens,
}: SignInOptions = {}): Promise<SessionSnapshot> {
  const answer = await network(LOGIN[flavours.get(tokens) ?? 'json'], {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({ username, password: `${username}-pw` }),
  })
  if (!answer.ok) throw new Error(`sign-in: ${answer.status}`)
  const granted: object = await answer.json()
  if (lifetime === undefined) return tokens.setSession(granted)
  const snapshot = await tokens.setSession({ ...granted, expires_in: EXPIRED_S })
  const { accessExpiresAt = 0 } = snapshot
  while (Date.now() <= accessExpiresAt) await Promise.resolve()
  return snapshot
}

// Chromium lets requests for one address wait for each other in its cache.
const patients = () => app.tokens.fetch('/api/ward/patients', { cache: 'no-store' })

function nameOf(value: unknown): string {
  if (isTokenManagerError(value)) return value.code
  if (value instanceof Response) return `${value.status}`
  if (typeof value === 'string') return 'token'
  return value instanceof Error ? value.name : `${value}`
}

async function outcomes(calls: readonly Promise<unknown>[]): Promise<Record<string, number>> {
  const names = await Promise.all(calls.map((call) => call.then(nameOf, nameOf)))
  const counts: Record<string, number> = {}
  for (const name of names) counts[name] = (counts[name] ?? 0) + 1
  return counts
}

const config: ManagerConfig = JSON.parse(new URLSearchParams(location.search).get('manager') ?? '{}')
globalThis.app = {
  tokens: create(config),
  createKy,
  encryptedStore,
  stored,
  fetch: network,
  create,
  signIn,
  outcomes,
  patients,
  poll: (everyMs) => createPoll(patients, everyMs),
}
