import { cookieTransport, createTokenManager, type TokenManager } from '@token-manager/sdk'

interface HttpsWard {
  tokens: TokenManager
  signIn(): Promise<void>
  statusOf(path: string, note?: string): Promise<number>
}

declare global {
  var httpsWard: HttpsWard
}

const tokens = createTokenManager({
  transport: cookieTransport({
    baseUrl: '/auth/cookie',
    revokeUrl: 'logout',
    csrf: { cookie: '__Host-csrftoken', header: 'X-CSRFToken' },
    marker: '__Host-refresh_marker',
    accessTokenIn: 'cookie',
  }),
})

function jsonPost(body: object): RequestInit {
  return { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(body) }
}

globalThis.httpsWard = {
  tokens,
  async signIn() {
    const answer = await fetch(
      '/auth/cookie/login?access=cookie',
      jsonPost({ username: 'amara', password: 'amara-pw' }),
    )
    await tokens.setSession(await answer.json())
  },
  async statusOf(path, note) {
    return (await tokens.fetch(path, note === undefined ? {} : jsonPost({ text: note }))).status
  },
}
