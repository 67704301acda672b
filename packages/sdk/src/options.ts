import { defined } from './codec/json.ts'
import {
  aFunction,
  arrayOf,
  httpOrigin,
  httpUrl,
  invalidOption,
  numberFrom,
  oneOf,
  record,
  shortText,
  typeOf,
} from './codec/schema.ts'
import type { RefreshTransport, SessionStore } from './ports.ts'
import type { PolicyOptions, SessionPolicy } from './session/policy.ts'
import { policyRule, resolvePolicy } from './session/policy.ts'

/** What a token manager is created with. */
export interface TokenManagerOptions {
  /** How the refresh endpoint is spoken to, such as `jsonTransport({ url: '/auth/refresh' })`. */
  transport: RefreshTransport
  /**
   * Tells several managers of a page apart: a second call with the same name returns the same manager. Pages of an origin
   * share a session if name and endpoint are the same. Default `'default'`.
   */
  name?: string
  /** Where the session outlives its page. Default `memoryStore()`: it does not. */
  store?: SessionStore
  /** Omitted members default to those of `DEFAULT_POLICY`. */
  policy?: PolicyOptions
  /** Origins that may receive the token besides the page's own, such as `https://api.example.com`. Default none. */
  allowedOrigins?: string[]
  /** How long a call may wait for a token, in milliseconds. Default 15,000. */
  maxWaitMs?: number
  /** How long one refresh may take, headers and body, in milliseconds. Default 60,000. */
  refreshTimeoutMs?: number
  /** How many calls may wait at once; one more rejects with `queue_full`. Default 1,000. */
  maxQueued?: number
  /**
   * `'off'` keeps this page to itself, whatever other pages of the origin do. Not allowed with a store that pages share, such
   * as `webStore('local')` and `encryptedStore()`. Do not use it with a refresh cookie: pages share that, and would spend it
   * twice. Default `'auto'`.
   */
  tabs?: 'auto' | 'off'
  /** The network. Default: the page's `fetch` as it was at creation. */
  fetch?: typeof fetch
  /**
   * What counts as activity besides pointer, key, scroll and touch. `media`: a video that plays, does not loop, and is in
   * view in a visible page. Default `{ media: false }`.
   */
  activity?: { media?: boolean }
  /** Where signed-out pages are sent; the page's address is added as `next`. Default: they stay. */
  login?: { url: string }
}

/** The options with every default in them, but for `store` and `fetch`: those come from the page. */
export interface ResolvedOptions extends Readonly<Omit<TokenManagerOptions, 'policy'>> {
  readonly name: string
  readonly policy: SessionPolicy
  readonly allowedOrigins: string[]
  readonly maxWaitMs: number
  readonly refreshTimeoutMs: number
  readonly maxQueued: number
  readonly tabs: 'auto' | 'off'
}

/** What one page's session is told to be. */
export interface RuntimeOptions extends ResolvedOptions {
  /** Prefix of all names that pages share. */
  readonly namespace: string
  /** The name of this page among the others. */
  readonly tab: string
}

const DEFAULTS: Required<Pick<TokenManagerOptions, 'name' | 'maxWaitMs' | 'refreshTimeoutMs' | 'maxQueued' | 'tabs'>> =
  {
    name: 'default',
    maxWaitMs: 15_000,
    refreshTimeoutMs: 60_000,
    maxQueued: 1_000,
    tabs: 'auto',
  }

const notNegative = numberFrom(0)
const positive = numberFrom(1)

const checkOptions = record<TokenManagerOptions>(
  {
    transport: record({
      kind: shortText,
      url: httpUrl,
      refreshTokenIn: oneOf('body', 'cookie'),
      accessTokenIn: oneOf('header', 'cookie'),
      refresh: aFunction,
      parse: aFunction,
    }),
    'name?': shortText,
    'store?': record({ load: aFunction, save: aFunction, clear: aFunction }),
    'policy?': policyRule,
    'allowedOrigins?': arrayOf(httpOrigin),
    'maxWaitMs?': notNegative,
    'refreshTimeoutMs?': positive,
    'maxQueued?': notNegative,
    'tabs?': oneOf('auto', 'off'),
    'fetch?': aFunction,
    'activity?': record({ 'media?': typeOf('boolean') }, 'strict'),
    'login?': record({ url: httpUrl }, 'strict'),
  },
  'strict',
)

/**
 * @throws TokenManagerError `invalid_option` whose message names the option, such as `policy.retry.firstMs`, and what it
 * must be
 */
export function resolveOptions(options: TokenManagerOptions): ResolvedOptions {
  checkOptions(options, 'options')
  const { policy, allowedOrigins = [], tabs, store } = options
  // A store that tells of changes is one that pages share.
  if (tabs === 'off' && store?.subscribe) {
    const why = 'pages that share a store must know of each other, or each of them spends the refresh token in it'
    throw invalidOption('options.tabs', `"auto" with this store: ${why}`)
  }
  return {
    ...DEFAULTS,
    ...defined(options),
    policy: resolvePolicy(policy, 'policy'),
    allowedOrigins: allowedOrigins.map((origin) => new URL(origin).origin),
  }
}
