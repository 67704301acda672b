import { Agent, request } from 'node:http'

/** A signed-in browser, as far as the refresh endpoint sees it: each refresh spends the token that the last one gave. */
export interface LoadBrowser {
  refresh(): Promise<void>
}

const AT_ONCE = 8
const json = { 'Content-Type': 'application/json' }
// The refresh endpoint closes each connection after its answer, as it does for browsers.
const agent = new Agent({ keepAlive: false })

/** Node's own client: what `fetch` adds would be measured too, on the same two cores. */
function post(url: string, body: object, headers: Record<string, string> = {}): Promise<Record<string, string>> {
  return new Promise((resolve, reject) => {
    const sent = request(url, { method: 'POST', agent, headers: { ...json, ...headers } }, (answer) => {
      let text = ''
      answer.setEncoding('utf8')
      answer.on('data', (chunk) => {
        text += chunk
      })
      answer.once('error', reject)
      answer.once('end', () => {
        if (answer.statusCode === 200) resolve(JSON.parse(text))
        else reject(new Error(`${url}: ${answer.statusCode} ${text}`))
      })
    })
    sent.once('error', reject)
    sent.end(JSON.stringify(body))
  })
}

export async function signIn(url: string, username: string): Promise<LoadBrowser> {
  let { refresh: token = '' } = await post(`${url}/auth/login`, { username, password: `${username}-pw` })
  let count = 0
  return {
    async refresh() {
      count += 1
      const answer = await post(`${url}/auth/refresh`, { refresh: token }, { 'Idempotency-Key': `refresh-${count}` })
      token = answer.refresh ?? ''
    },
  }
}

/** Signs in that many browsers of one user, a few at once: more would look like somebody who guesses. */
export async function signInMany(url: string, username: string, count: number): Promise<LoadBrowser[]> {
  const browsers: LoadBrowser[] = []
  while (browsers.length < count) {
    const few = Math.min(AT_ONCE, count - browsers.length)
    browsers.push(...(await Promise.all(Array.from({ length: few }, () => signIn(url, username)))))
  }
  return browsers
}

/** Each browser refreshes as soon as it has been answered. Returns how long each refresh took. */
export async function refreshWithoutPause(browsers: readonly LoadBrowser[], forMs: number): Promise<number[]> {
  const times: number[] = []
  const endsAt = performance.now() + forMs
  await Promise.all(
    browsers.map(async (browser) => {
      for (let startedAt = performance.now(); startedAt < endsAt; startedAt = performance.now()) {
        await browser.refresh()
        times.push(performance.now() - startedAt)
      }
    }),
  )
  return times
}

/**
 * A refresh is due every so often, whether or not the ones before have been answered; each counts from when it was due,
 * so that a pause of the server shows in all that had to wait for it.
 */
export async function refreshAtRate(
  browsers: readonly LoadBrowser[],
  { perSecond, forMs }: { perSecond: number; forMs: number },
): Promise<number[]> {
  const times: number[] = []
  const idle = [...browsers]
  const underWay: Promise<void>[] = []
  const startedAt = performance.now()
  const everyMs = 1_000 / perSecond
  for (let n = 0; n * everyMs < forMs; ) {
    const dueAt = startedAt + n * everyMs
    const waitMs = dueAt - performance.now()
    if (waitMs > 0) {
      await new Promise((resolve) => setTimeout(resolve, waitMs))
      continue
    }
    const browser = idle.shift()
    if (browser === undefined) throw new Error(`All ${browsers.length} browsers wait for an answer.`)
    n += 1
    underWay.push(
      browser.refresh().then(() => {
        times.push(performance.now() - dueAt)
        idle.push(browser)
      }),
    )
  }
  await Promise.all(underWay)
  return times
}
