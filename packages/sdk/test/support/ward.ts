import { HttpResponse, http, type RequestHandler } from 'msw'

export const WARD = 'http://localhost:3000/api/ward'
export const REFRESH = 'http://localhost:3000/auth/refresh'

/** A rotating endpoint and an API behind it, both on the page's origin. */
export interface Ward {
  readonly handlers: RequestHandler[]
  login(): { access: string; refresh: string; expires_in: number }
  readonly seen: { refreshes: number; reuses: number; unauthorized: number; answered: number; notes: string[] }
}

export function createWard(lifetimeMs: number, inCookie = false): Ward {
  const seen = { refreshes: 0, reuses: 0, unauthorized: 0, answered: 0, notes: [] as string[] }
  const living = new Map<string, number>()
  let newest = 0

  function mint() {
    newest++
    living.set(`a${newest}`, Date.now() + lifetimeMs)
    return { access: `a${newest}`, refresh: `r${newest}`, expires_in: lifetimeMs / 1_000 }
  }

  const refresh = http.post(REFRESH, async ({ request }) => {
    seen.refreshes++
    if (!inCookie) {
      const { refresh: token } = (await request.json()) as { refresh: string }
      if (token !== `r${newest}`) {
        seen.reuses++
        return HttpResponse.json({ error: 'invalid_grant' }, { status: 400 })
      }
    }
    const { refresh: _, ...access } = mint()
    return HttpResponse.json(inCookie ? access : { ...access, refresh: `r${newest}` })
  })

  const ward = http.all(WARD, async ({ request }) => {
    const [, token = ''] = /^Bearer (.*)$/.exec(request.headers.get('authorization') ?? '') ?? []
    if ((living.get(token) ?? 0) <= Date.now()) {
      seen.unauthorized++
      return HttpResponse.json({ error: 'unauthorized' }, { status: 401 })
    }
    seen.answered++
    if (request.method === 'POST') seen.notes.push(await request.text())
    return HttpResponse.json({ patients: 12 })
  })

  return { handlers: [refresh, ward], login: mint, seen }
}
