import type { APIResponse, BrowserContext, Page, Request } from 'playwright-core'

/** Everything that a browser was told, or told, and the secrets among it. */
export interface Emissions {
  /** All tokens that the server gave out, in a body or a cookie. */
  issued: ReadonlySet<string>
  /** What came out, by where: console, addresses, headers, bodies. */
  all(): Promise<Array<[where: string, text: string]>>
}

/** Where tokens travel by right. */
const CARRIERS = ['authorization', 'cookie']
const OWN_BODIES = /^\/auth\//
const TOKEN_NAMES = /access|refresh|token/i

function tokensIn(json: unknown): string[] {
  if (typeof json !== 'object' || json === null) return []
  return Object.entries(json).flatMap(([name, value]) =>
    typeof value === 'string' && TOKEN_NAMES.test(name) ? [value] : tokensIn(value),
  )
}

async function grantedIn(response: APIResponse): Promise<string[]> {
  const cookies = response
    .headersArray()
    .flatMap(({ name, value }) =>
      name.toLowerCase() === 'set-cookie' && /httponly/i.test(value) ? [value.split(/[=;]/)[1] ?? ''] : [],
    )
  try {
    return [...cookies, ...tokensIn(await response.json())]
  } catch {
    return cookies
  }
}

async function sent(request: Request): Promise<Array<[string, string]>> {
  const { pathname } = new URL(request.url())
  const headers = (await request.headersArray()).filter(({ name }) => !CARRIERS.includes(name.toLowerCase()))
  return [
    ['address', request.url()],
    ['headers', JSON.stringify(headers)],
    ...(OWN_BODIES.test(pathname) ? [] : [['body', request.postData() ?? ''] satisfies [string, string]]),
  ]
}

export async function watchEmissions(context: BrowserContext): Promise<Emissions> {
  const issued = new Set<string>()
  const emitted: Array<Promise<Array<[string, string]>>> = []
  const tell = (where: string, text: string) => void emitted.push(Promise.resolve([[where, text]]))

  // Read on the way, so that no answer is missed: the browser forgets bodies that nobody wants any more.
  await context.route(
    ({ pathname }) => OWN_BODIES.test(pathname),
    async (route) => {
      try {
        const response = await route.fetch()
        for (const token of await grantedIn(response)) if (token.length > 0) issued.add(token)
        await route.fulfill({ response })
      } catch {
        await route.abort('connectionreset')
      }
    },
  )
  context.on('request', (request) => void emitted.push(sent(request).catch(() => [])))
  context.on('console', (message) => tell('console', `${message.text()} ${message.location().url}`))
  context.on('weberror', (error) => tell('uncaught', `${error.error().message} ${error.error().stack}`))

  return {
    issued,
    all: async () => (await Promise.all(emitted)).flat(),
  }
}

/** Collects in the page, from now on, what the manager gives out; `dumps` reads it. */
export function collectInPage(page: Page): Promise<void> {
  return page.evaluate(() => {
    const { tokens } = app
    const told: unknown[] = []
    globalThis.told = told
    tokens.onEvent((event) => told.push(event))
    tokens.onSignedOut((reason) => told.push(reason))
    tokens.subscribe(() => told.push(tokens.getSnapshot()))
    // Errors of listeners go to the page as well.
    tokens.onEvent(() => {
      throw new Error('a listener failed')
    })
  })
}

/** All that lies open in the page: what was told, what can be asked for, and what is kept. */
export function openlyIn(page: Page, keptBy: string): Promise<Array<[where: string, text: string]>> {
  return page.evaluate(async (ownKey) => {
    const seen = new Set<unknown>()
    const dump = (value: unknown): string => {
      if (typeof value !== 'object' || value === null) return String(value)
      if (seen.has(value)) return ''
      seen.add(value)
      // Members that are not enumerable too: the message, the stack and the cause of an error.
      return Reflect.ownKeys(value)
        .map((name) => `${String(name)}: ${dump(Reflect.get(value, name))}`)
        .join('\n')
    }
    /** All that lies in a database, bytes as characters. */
    async function inDatabases(): Promise<string> {
      const texts: string[] = []
      for (const { name = '' } of await indexedDB.databases()) {
        const database = await settled(indexedDB.open(name))
        for (const store of database.objectStoreNames) {
          const records = await settled(database.transaction(store).objectStore(store).getAll())
          for (const record of records) texts.push(dump(record), ...Object.values(record ?? {}).map(characters))
        }
        database.close()
      }
      return texts.join('\n')
    }
    const characters = (value: unknown) => {
      const bytes = value instanceof ArrayBuffer ? new Uint8Array(value) : value
      return bytes instanceof Uint8Array ? String.fromCharCode(...bytes) : ''
    }
    const settled = <T>(request: IDBRequest<T>) =>
      new Promise<T>((resolve, reject) => {
        request.onsuccess = () => resolve(request.result)
        request.onerror = () => reject(request.error)
      })
    const kept = (storage: Storage) =>
      Object.entries(storage)
        .filter(([key]) => key !== ownKey)
        .join('\n')
    const { tokens } = app
    return [
      ['told', dump(globalThis.told)],
      ['events', dump([...tokens.getEvents()])],
      ['metrics', dump(tokens.getMetrics())],
      ['diagnostics', dump(tokens.getDiagnostics())],
      ['snapshot', dump(tokens.getSnapshot())],
      ['the manager itself', dump({ ...tokens })],
      ['localStorage', kept(localStorage)],
      ['sessionStorage', kept(sessionStorage)],
      ['databases', await inDatabases()],
      ['caches', dump(await caches.keys())],
      ['locks', dump(await navigator.locks.query())],
      ['cookies', document.cookie],
      ['page', `${location.href} ${document.referrer} ${window.name} ${document.documentElement.outerHTML}`],
      ['timeline', dump(performance.getEntries().map(({ name }) => name))],
    ]
  }, keptBy)
}
