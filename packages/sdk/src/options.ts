import {
  checkOptions,
  invalidOption,
  is,
  isBoolean,
  isFunction,
  isHttpUrl,
  isString,
  isText,
  number,
  object,
  oneOf,
  required,
} from './decisions/check-options.ts'
import type { RefreshTransport, SessionStore } from './ports.ts'
import type { SessionPolicy } from './types.ts'

export interface TokenManagerOptions {
  /** How the refresh endpoint is spoken to. */
  transport: RefreshTransport
  /** One manager per name in a page, one session per name and endpoint in an origin. Default `'default'`. */
  name?: string
  /** Where the session outlives its page. Default `memoryStore()`: nowhere. */
  store?: SessionStore
  /** Members that are left out are those of `DEFAULT_POLICY`. */
  policy?: Partial<SessionPolicy>
  /** Origins besides the page's own that may receive the token, such as `https://api.example.com`. Default none. */
  allowedOrigins?: string[]
  /** How long a call may wait for a token, in milliseconds. Default 15,000. */
  maxWaitMs?: number
  /** How long one refresh may take, headers and body, in milliseconds. Default 60,000. */
  refreshTimeoutMs?: number
  /** How many calls may wait at once. Default 1,000. */
  maxQueued?: number
  /** `'off'`: this page alone, whatever other pages of the origin do. Default `'auto'`. */
  tabs?: 'auto' | 'off'
  /** The network. Default: the page's `fetch` as it was at creation. */
  fetch?: typeof fetch
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

/** The policy of a manager that is given none: refreshes early, and sets no limit of its own. */
export const DEFAULT_POLICY: SessionPolicy = {
  refreshLead: { ratio: 2 / 15, minMs: 1_000, maxMs: 600_000 },
  jitterRatio: 0.05,
  retry: { firstMs: 500, factor: 2, maxMs: 60_000 },
}

const DEFAULTS: Required<Pick<TokenManagerOptions, 'name' | 'maxWaitMs' | 'refreshTimeoutMs' | 'maxQueued' | 'tabs'>> =
  {
    name: 'default',
    maxWaitMs: 15_000,
    refreshTimeoutMs: 60_000,
    maxQueued: 1_000,
    tabs: 'auto',
  }

const notNegative = number('>= 0', (value) => value >= 0)
const positive = number('> 0', (value) => value > 0)

const RULES = {
  transport: required(
    object(
      {
        kind: required(isText),
        url: required(isString),
        refreshTokenIn: required(oneOf('body', 'cookie')),
        accessTokenIn: required(oneOf('header', 'cookie')),
        replays: required(isBoolean),
        refresh: required(isFunction),
        parse: required(isFunction),
        revoke: isFunction,
        csrfHeader: isFunction,
      },
      true,
    ),
  ),
  name: isText,
  store: object(
    { load: required(isFunction), save: required(isFunction), clear: required(isFunction), subscribe: isFunction },
    true,
  ),
  policy: object({
    refreshLead: object({
      ratio: number('> 0 and <= 0.5', (value) => value > 0 && value <= 0.5),
      minMs: notNegative,
      maxMs: positive,
    }),
    jitterRatio: number('>= 0 and <= 1', (value) => value >= 0 && value <= 1),
    retry: object({ firstMs: positive, factor: number('>= 1', (value) => value >= 1), maxMs: positive }),
    sessionMaxMs: positive,
    idleTimeoutMs: positive,
    idleWarningMs: number('>= 20000', (value) => value >= 20_000),
    accessTokenMaxMs: positive,
    refreshTokenMaxMs: positive,
  }),
  allowedOrigins: is('an array', Array.isArray),
  maxWaitMs: notNegative,
  refreshTimeoutMs: positive,
  maxQueued: notNegative,
  tabs: oneOf('auto', 'off'),
  fetch: isFunction,
  login: object({ url: required(isHttpUrl) }),
}

/** `defaults` with what was given; a member that was given as undefined counts as left out. */
function withDefaults<T extends object>(defaults: T, given: Partial<T> | undefined): T {
  const merged = { ...defaults }
  for (const key in given) {
    const value = given[key]
    if (value !== undefined) merged[key] = value
  }
  return merged
}

function resolvePolicy(given: Partial<SessionPolicy> = {}): SessionPolicy {
  const refreshLead = withDefaults(DEFAULT_POLICY.refreshLead, given.refreshLead)
  const retry = withDefaults(DEFAULT_POLICY.retry, given.retry)
  const policy = { ...withDefaults(DEFAULT_POLICY, given), refreshLead, retry }
  const { accessTokenMaxMs = Number.POSITIVE_INFINITY, idleTimeoutMs = 0, idleWarningMs = -1 } = policy
  const wrong =
    (refreshLead.minMs > refreshLead.maxMs && ['refreshLead.minMs', 'at most refreshLead.maxMs']) ||
    (refreshLead.minMs >= accessTokenMaxMs && ['accessTokenMaxMs', 'more than refreshLead.minMs']) ||
    (retry.firstMs > retry.maxMs && ['retry.firstMs', 'at most retry.maxMs']) ||
    (idleWarningMs >= idleTimeoutMs && ['idleWarningMs', 'less than idleTimeoutMs'])
  if (wrong) throw invalidOption(`policy.${wrong[0]}`, `${wrong[1]}`)
  return policy
}

function toOrigin(given: unknown, index: number): string {
  try {
    const { origin, href } = new URL(typeof given === 'string' ? given : '')
    if (/^https?:[^*]+$/.test(origin) && href === `${origin}/`) return origin
  } catch {}
  throw invalidOption(`allowedOrigins.${index}`, 'an origin such as https://api.example.com')
}

/**
 * @throws TokenManagerError `invalid_option` whose message names the option, such as `policy.retry.firstMs`, and what it
 * must be
 */
export function resolveOptions(options: TokenManagerOptions): ResolvedOptions {
  checkOptions(options, RULES)
  return {
    ...options,
    ...withDefaults(DEFAULTS, options),
    policy: resolvePolicy(options.policy),
    allowedOrigins: Array.from(options.allowedOrigins ?? [], toOrigin),
  }
}
