import { execFile } from 'node:child_process'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { createServer } from 'node:https'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { createRefreshServer, hashPassword } from '@token-manager/refresh-server'
import type { BrowserContext } from 'playwright-core'
import { expect, onTestFinished, test } from 'vitest'
import { bundle } from '../browser/support/bundle.ts'
import { launchChromium } from '../browser/support/chromium.ts'

const PAGE = '<!doctype html><html lang="en"><title>Ward</title><script type="module" src="/page.js"></script></html>'
const EC = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1']

/** A certificate that nobody trusts; undefined where there is no openssl. */
async function createCertificate(): Promise<{ key: Buffer; cert: Buffer } | undefined> {
  const folder = await mkdtemp(join(tmpdir(), 'certificate-'))
  onTestFinished(() => rm(folder, { recursive: true }))
  const [key, cert] = [join(folder, 'key.pem'), join(folder, 'cert.pem')]
  const files = ['-keyout', key, '-out', cert]
  const made = promisify(execFile)('openssl', ['req', '-x509', ...EC, '-nodes', '-subj', '/CN=localhost', ...files])
  const isThere = await made.then(
    () => true,
    (error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return false
      throw error
    },
  )
  return isThere ? { key: await readFile(key), cert: await readFile(cert) } : undefined
}

async function serve(certificate: { key: Buffer; cert: Buffer }): Promise<string> {
  const passwordHash = await hashPassword('amara-pw', { ln: 4, r: 1, p: 1 })
  const users = [{ username: 'amara', name: 'Dr Amara', roles: ['clinician'], passwordHash }]
  const refreshServer = createRefreshServer({ users, reuse: 'strict' })
  const script = await bundle(join(import.meta.dirname, 'page/https.ts'))
  const server = createServer(certificate, (req, res) => {
    if (req.url === '/') res.writeHead(200, { 'Content-Type': 'text/html' }).end(PAGE)
    else if (req.url === '/page.js') res.writeHead(200, { 'Content-Type': 'text/javascript' }).end(script)
    else refreshServer.listener(req, res)
  })
  onTestFinished(async () => {
    server.closeAllConnections()
    server.close()
    await refreshServer.close()
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('The server has no port.')
  return `https://localhost:${address.port}/`
}

async function cookiesOf(profile: BrowserContext): Promise<object[]> {
  const cookies = await profile.cookies()
  const shown = cookies.map(({ name, path, httpOnly, secure, sameSite }) => ({
    name,
    path,
    httpOnly,
    secure,
    sameSite,
  }))
  return shown.sort((one, other) => one.name.localeCompare(other.name))
}

test('over https a browser keeps the session in cookies with the prefix __Host-, and gives all of them up', async ({
  skip,
}) => {
  const certificate = await createCertificate()
  if (certificate === undefined) return skip('there is no openssl')
  const chromium = await launchChromium()
  if (chromium === undefined) return skip('there is no Chromium')
  onTestFinished(() => chromium.close())
  const profile = await chromium.newContext({ ignoreHTTPSErrors: true })
  const page = await profile.newPage()
  await page.goto(await serve(certificate))

  // Whether there is a session has been answered by then, which marks it.
  await page.evaluate(() => httpsWard.tokens.start())
  await page.evaluate(() => httpsWard.signIn())
  const strict = { path: '/', secure: true, sameSite: 'Strict' }
  expect(await cookiesOf(profile)).toEqual([
    { name: '__Host-access_token', httpOnly: true, ...strict },
    { name: '__Host-csrftoken', httpOnly: false, ...strict },
    { name: '__Host-refresh_marker', httpOnly: false, ...strict },
    { name: '__Host-refresh_token', httpOnly: true, ...strict },
  ])

  // A page that knows nothing yet refreshes by the cookie, which rotates.
  for (const _ of ['one', 'two']) {
    await page.reload()
    expect(await page.evaluate(async () => (await httpsWard.tokens.start()).status)).toBe('active')
  }
  expect(await page.evaluate(() => httpsWard.statusOf('/api/ward/patients'))).toBe(200)
  expect(await page.evaluate(() => httpsWard.statusOf('/api/ward/patients/p01/notes', 'slept well'))).toBe(201)

  await page.evaluate(() => httpsWard.tokens.signOut())
  await expect.poll(() => cookiesOf(profile)).toEqual([])
})
