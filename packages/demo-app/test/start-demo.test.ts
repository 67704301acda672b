import { createServer } from 'node:http'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { LOOPBACK, listenFrom } from '../listen.ts'
import { DEMO_USERS } from '../src/session/demo-users.ts'
import { type Demo, type DemoOptions, startDemo } from '../start-demo.ts'

const started: Demo[] = []
async function start(options: DemoOptions): Promise<Demo> {
  const demo = await startDemo(options)
  started.push(demo)
  return demo
}
afterAll(() => Promise.all(started.map((demo) => demo.close())))

function signIn({ url }: Demo, { username, password }: { username: string; password: string }): Promise<Response> {
  const body = JSON.stringify({ username, password })
  return fetch(`${url}/auth/login`, { method: 'POST', headers: { 'Content-Type': 'application/json' }, body })
}

for (const preview of [false, true]) {
  const mode = preview ? 'built' : 'live'
  let demo: Demo
  beforeAll(async () => {
    demo = await start({ port: 0, preview })
  }, 60_000)

  test(`${mode}: the page, its scripts and the endpoints are of one origin`, async () => {
    const page = await fetch(demo.url)
    expect(page.headers.get('content-type')).toContain('text/html')
    const html = await page.text()
    const paths = [...html.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, path]) => path ?? '')
    expect(paths.some((path) => /\.(ts|js)$/.test(path))).toBe(true)
    for (const path of paths) expect([path, (await fetch(demo.url + path)).status]).toEqual([path, 200])
    expect((await fetch(`${demo.url}/qa/state`)).status).toBe(200)
    expect((await fetch(`${demo.url}/api/ward/patients`)).status).toBe(401)
  })

  test(`${mode}: there is no script or style in the page itself`, async () => {
    const html = await (await fetch(demo.url)).text()
    expect(html).not.toMatch(/<style|style="|<script(?![^>]*\bsrc=)|\son\w+="/i)
  })

  test(`${mode}: what is not there is 404`, async () => {
    for (const path of ['/nothing', '/auth/nothing']) {
      expect([path, (await fetch(demo.url + path)).status]).toEqual([path, 404])
    }
  })

  test(`${mode}: a connection that the server cuts is cut for the browser`, async () => {
    demo.server.qa?.setFault({ endpoint: 'login', kind: 'reset-after' })
    await expect(signIn(demo, DEMO_USERS[0])).rejects.toThrow('fetch failed')
  })
}

test('the built app allows nothing but its own files', async () => {
  const demo = await start({ port: 0, preview: true })
  const policy = (await fetch(demo.url)).headers.get('content-security-policy')
  expect(policy).toContain("default-src 'self'")
  expect(policy).toContain("require-trusted-types-for 'script'")
  expect(policy).not.toMatch(/unsafe|blob:|data:/)
})

test('the users on the sign-in page are those of the server', async () => {
  const demo = await start({ port: 0, preview: true })
  for (const user of DEMO_USERS) {
    const { user: known } = await (await signIn(demo, user)).json()
    expect(known).toMatchObject({ username: user.username, name: user.name })
    expect(known.roles.includes('clinician')).toBe(user.role === 'clinician')
  }
})

test('the refresh server takes options, and its QA mode stays on', async () => {
  const demo = await start({ port: 0, preview: true, refreshServer: { reuse: 'strict', accessLifetimeMs: 3_000 } })
  expect(demo.server.qa?.state()).toMatchObject({ reuse: 'strict', accessLifetimeMs: 3_000 })
})

test('close ends what is stalled, and may be called again', async () => {
  const demo = await start({ port: 0, preview: true })
  demo.server.qa?.setFault({ endpoint: 'login', kind: 'stall' })
  const stalled = (await signIn(demo, DEMO_USERS[0])).text()
  const ended = expect(stalled).rejects.toThrow()
  await Promise.all([demo.close(), demo.close()])
  await ended
  await expect(fetch(demo.url)).rejects.toThrow('fetch failed')
})

test('a port that is taken is passed over for the next', async () => {
  const [first, second] = [createServer(), createServer()]
  const taken = await listenFrom(first, 0)
  const next = await listenFrom(second, taken)
  expect(next).toBeGreaterThan(taken)
  expect(second.address()).toMatchObject({ address: LOOPBACK })
  first.close()
  second.close()
})

test('a port that may not be used is an error', async () => {
  const server = createServer()
  await expect(listenFrom(server, 65_536)).rejects.toThrow('65536')
})
