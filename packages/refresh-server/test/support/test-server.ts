import { onTestFinished } from 'vitest'
import { createRefreshServer, hashPassword, type RefreshServerOptions, type UserRecord } from '../../src/index.ts'
import { storeUnderTest } from './store-under-test.ts'

export const START_AT = Date.UTC(2026, 0, 5, 7)
export const MINUTE_MS = 60_000
export const SECRET = 'a secret of the tests, long enough for HS256'

/** A password hash with minimal cost. */
const cheap = { ln: 4, r: 1, p: 1 }
const users: readonly UserRecord[] = [
  { username: 'amara', name: 'Dr Amara', roles: ['clinician'], passwordHash: await hashPassword('amara-pw', cheap) },
  { username: 'ben', name: 'Ben', roles: ['clinician'], passwordHash: await hashPassword('ben-pw', cheap) },
  { username: 'admin', name: 'Admin', roles: ['admin'], passwordHash: await hashPassword('admin-pw', cheap) },
  { username: 'qa', name: 'QA', roles: ['qa'], passwordHash: await hashPassword('qa-pw', cheap) },
]

export function createTestServer(options: RefreshServerOptions = {}) {
  const clock = { now: START_AT }
  const server = createRefreshServer({
    store: storeUnderTest.url,
    users,
    secret: SECRET,
    now: () => clock.now,
    ...options,
  })
  onTestFinished(() => server.close())
  const send: Send = async (path, init) => server.app.request(`http://localhost${path}`, init)
  return { server, clock, ...createClient(send) }
}

/** The same over a real connection. */
export async function listenTestServer(options: RefreshServerOptions = {}) {
  const { server, clock } = createTestServer(options)
  const { url } = await server.listen()
  return { server, clock, url, ...createClient((path, init) => fetch(url + path, init)) }
}

export type Send = (path: string, init?: RequestInit) => Promise<Response>

export interface Tokens {
  access: string
  refresh: string
}

export function createClient(send: Send) {
  const post = (path: string, body?: unknown, headers: Record<string, string> = {}) =>
    send(path, {
      method: 'POST',
      headers: body === undefined ? headers : { 'Content-Type': 'application/json', ...headers },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    })
  const refresh = (token: string, key?: string) =>
    post('/auth/refresh', { refresh: token }, key === undefined ? {} : { 'Idempotency-Key': key })

  return {
    send,
    post,
    refresh,
    get: (path: string, headers: Record<string, string> = {}) => send(path, { headers }),
    patients: (access: string) => send('/api/ward/patients', { headers: bearer(access) }),
    async signIn(username = 'amara'): Promise<Tokens> {
      return tokensOf(await post('/auth/login', { username, password: `${username}-pw` }))
    },
    async rotate(token: string, key?: string): Promise<Tokens> {
      return tokensOf(await refresh(token, key))
    },
    async reasonFor(token: string, key?: string): Promise<unknown> {
      const answer = await refresh(token, key)
      return answer.status === 200 ? 'ok' : (await json(answer)).reason
    },
  }
}

export function bearer(access: string): Record<string, string> {
  return { Authorization: `Bearer ${access}` }
}

export async function json(answer: Response): Promise<Record<string, unknown>> {
  const value: unknown = await answer.json()
  if (typeof value !== 'object' || value === null) throw new Error(`no JSON object: ${value}`)
  return { ...value }
}

export async function tokensOf(answer: Response): Promise<Tokens> {
  const { access, refresh, ...rest } = await json(answer)
  if (typeof access === 'string' && typeof refresh === 'string') return { access, refresh }
  throw new Error(`no tokens but ${answer.status} ${JSON.stringify(rest)}`)
}

/** The attributes of each cookie that an answer sets, sorted. */
export function attributesOf(answer: Response): Record<string, string[]> {
  const lines = answer.headers.getSetCookie().map((line) => line.split('; '))
  return Object.fromEntries(lines.map(([pair = '', ...attributes]) => [pair.split('=')[0], attributes.sort()]))
}

/** The cookies of one browser, as far as this server uses them. */
export function createCookieJar() {
  const cookies = new Map<string, { value: string; path: string }>()
  return {
    take(answer: Response): void {
      for (const line of answer.headers.getSetCookie()) {
        const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(line) ?? []
        const path = /; Path=([^;]+)/.exec(line)?.[1] ?? '/'
        if (line.includes('; Max-Age=0;')) cookies.delete(name)
        else cookies.set(name, { value, path })
      }
    },
    get: (name: string): string | undefined => cookies.get(name)?.value,
    headerFor(path: string): string {
      const fitting = [...cookies].filter(([, cookie]) => path.startsWith(cookie.path))
      return fitting.map(([name, { value }]) => `${name}=${value}`).join('; ')
    },
    names: (): string[] => [...cookies.keys()].sort(),
    clear: (): void => cookies.clear(),
  }
}
