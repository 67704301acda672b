import type { Clock, Environment, Random } from '../ports.ts'

/** Hidden pages follow the visible one spread over this span, so that the login server sees no burst. */
const SPREAD_MS = 5_000

/** A page that is opened within this time after its tab was sent to the login is where that has led to. */
const LANDING_MS = 10_000

/** What an authorization server answers with: for the app alone (RFC 6749 sections 4.1.2 and 4.2.2, RFC 9207, OpenID Connect). */
const OAUTH = [
  ...['code', 'state', 'session_state', 'iss', 'error', 'error_description', 'error_uri'],
  ...['access_token', 'id_token', 'refresh_token', 'response'],
]

export interface LoginRedirectDependencies {
  clock: Pick<Clock, 'now' | 'wallNow'>
  environment: Environment
  random: Random
  url: string
  /** How long a page that was opened with an OAuth answer may take to make a session of it. */
  maxWaitMs: number
  pause(ms: number): Promise<unknown>
  /** Whether this page still has no session. */
  isSignedOut(): boolean
  /** Settles when the endpoint has been told of this page's sign-outs, or could not be reached in time. */
  tried(): Promise<void>
  /** Is called in the task in which the page goes, and only if it goes. */
  beforeLogin(): void
}

/**
 * Sends a signed-out page to the login page, which learns in `next` where to come back to. Both reject with a `TypeError`
 * in a frame without an address, whose relative ones lead nowhere.
 */
export interface LoginRedirect {
  /** The page has been opened, and there is no session. */
  opened(): Promise<void>
  /** The page had a session, which has ended. */
  ended(): Promise<void>
}

const withoutSlash = (path: string) => path.replace(/\/+$/, '')

/**
 * Apps may route by the query or the fragment: what the login's address names there has to be there, too. Many servers
 * add a slash.
 */
function isAt(login: URL, here: URL): boolean {
  const isPath = login.origin === here.origin && withoutSlash(login.pathname) === withoutSlash(here.pathname)
  const isQuery = [...login.searchParams].every(([name, value]) => here.searchParams.get(name) === value)
  return isPath && isQuery && (login.hash === '' || login.hash === here.hash)
}

/** In the query, in the fragment, or in the query of the fragment. */
function isOAuthAnswer(href: string): boolean {
  const names = new Set(href.split(/[?#&]/).map((part) => part.split('=')[0]))
  return names.has('state') && (names.has('code') || names.has('error'))
}

function returnAddress(here: URL): string {
  const next = new URL(here)
  next.hash = ''
  // To delete what is not there would write the others anew.
  for (const name of OAUTH) if (next.searchParams.has(name)) next.searchParams.delete(name)
  return next.href
}

export function createLoginRedirect(dependencies: LoginRedirectDependencies): LoginRedirect {
  const { clock, environment, random, pause, isSignedOut } = dependencies
  const openedAt = clock.now()
  let attempts = 0

  /** The login server may lead to another address, and drop `next`: sent there again, the tab would never rest. */
  function isLanding(here: URL): boolean {
    const [at, next] = environment.recall()?.split(' ') ?? []
    return (
      at !== undefined &&
      (here.searchParams.get('next') === next || Math.abs(clock.wallNow() - Number(at)) < LANDING_MS)
    )
  }

  async function go(mayLand: boolean): Promise<void> {
    const attempt = ++attempts
    const holdMs = openedAt + dependencies.maxWaitMs - clock.now()
    if (holdMs > 0 && isOAuthAnswer(environment.href())) await pause(holdMs)
    if (!environment.visible()) await pause(random.next() * SPREAD_MS)
    await dependencies.tried()
    if (attempt !== attempts || !isSignedOut()) return
    const here = new URL(environment.href())
    const login = new URL(dependencies.url, environment.base())
    if (isAt(login, here) || (mayLand && isLanding(here))) return
    const next = returnAddress(here)
    login.searchParams.set('next', next)
    dependencies.beforeLogin()
    environment.remember(`${clock.wallNow()} ${next}`)
    environment.navigate(login.href)
  }

  return {
    async opened() {
      if (attempts === 0) await go(true)
    },
    ended: () => go(false),
  }
}
