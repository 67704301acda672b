import type { Environment, Random } from '../ports.ts'

/** Hidden pages follow the visible one spread over this span, so that the login server sees no burst. */
const SPREAD_MS = 5_000

export interface LoginRedirectDependencies {
  environment: Environment
  random: Random
  url: string
  pause(ms: number): Promise<unknown>
  /** Whether this page still has no session. */
  isSignedOut(): boolean
}

/** Apps may route by the query or the fragment: what the login's address names there has to be there, too. */
function isAt(login: URL, here: URL): boolean {
  const isQuery = [...login.searchParams].every(([name, value]) => here.searchParams.get(name) === value)
  const isFragment = login.hash === '' || login.hash === here.hash
  return login.origin === here.origin && login.pathname === here.pathname && isQuery && isFragment
}

/**
 * Sends a signed-out page to the login page, which learns in `next` where to come back to.
 * @throws TypeError in a frame without an address, whose relative ones lead nowhere
 */
export async function redirectToLogin(dependencies: LoginRedirectDependencies): Promise<void> {
  const { environment, random, url, pause, isSignedOut } = dependencies
  const here = new URL(environment.href())
  const login = new URL(url, environment.base())
  if (isAt(login, here)) return
  if (!environment.visible()) await pause(random.next() * SPREAD_MS)
  if (!isSignedOut()) return
  login.searchParams.set('next', here.href)
  environment.navigate(login.href)
}
