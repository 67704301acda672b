import { createTokenManager, type SessionSnapshot, type TokenManager } from '@token-manager/sdk'
import { createPoll, type Poll } from '../../browser/page/poll.ts'
import { backendFor, type PageConfig } from './backends.ts'

export interface Ward {
  readonly tokens: TokenManager
  signIn(username: string): Promise<SessionSnapshot>
  poll(everyMs: number): Poll
  /** Calls the protected API with a method that changes something. */
  note(): Promise<number>
  /** Everything that a script of the page can get hold of, as text. */
  within(): string
}

declare global {
  /** What the tests do in the page goes through this. */
  var ward: Ward
}

const config: PageConfig = JSON.parse(new URLSearchParams(location.search).get('config') ?? '{}')
const backend = backendFor(config)
const { transport, allowedOrigins = [] } = backend
const { leadMs: minMs, idleTimeoutMs } = config
const policy = {
  ...(minMs !== undefined && { refreshLead: { ratio: 2 / 15, minMs, maxMs: 600_000 } }),
  ...(idleTimeoutMs !== undefined && { idleTimeoutMs }),
}
const tokens = createTokenManager({ transport, allowedOrigins, policy })
const loginId = backend.loginId?.()
if (loginId) void tokens.sessionStarted(loginId)

/** Who is signed in is for this tab to show, and goes with it. */
async function rememberUser(): Promise<void> {
  if (!tokens.isAuthenticated() || sessionStorage.getItem('user') !== null) return
  const answer = await tokens.fetch(backend.whoUrl)
  if (answer.ok) sessionStorage.setItem('user', JSON.stringify(await answer.json()))
}

tokens.onSignedOut(() => sessionStorage.removeItem('user'))
tokens.onEvent(({ type }) => {
  if (['signed-in', 'restored', 'adopted'].includes(type)) void rememberUser()
})

globalThis.ward = {
  tokens,
  async signIn(username) {
    const snapshot = await tokens.setSession(await backend.signIn(username))
    await rememberUser()
    return snapshot
  },
  poll: (everyMs) => createPoll(() => tokens.fetch(backend.apiUrl, { cache: 'no-store' }), everyMs),
  note: async () => (await tokens.fetch(backend.apiUrl, { method: 'POST' })).status,
  within: () =>
    JSON.stringify([
      { ...localStorage },
      { ...sessionStorage },
      document.cookie,
      tokens.getSnapshot(),
      tokens.getEvents(),
      tokens.peekAccessToken(),
    ]),
}
