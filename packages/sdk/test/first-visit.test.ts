import { beforeEach, describe, expect, it } from 'vitest'
import { cookieTransport, memoryStore } from '../src/index.ts'
import { leave, type Opened, open } from './support/browser.ts'
import { MINUTE, SECOND } from './support/sessions.ts'
import { LOGIN, pass, useVirtualTime } from './support/tokens.ts'

beforeEach(useVirtualTime)

const SAYS_NO_COOKIE: ReadonlyArray<[name: string, answer: () => Response]> = [
  ['an empty 401', () => new Response(null, { status: 401 })],
  ['a 204', () => new Response(null, { status: 204 })],
]

/** A page whose refresh endpoint answers so. */
function visit(answer: () => Response): Opened & { asked(): number } {
  let asked = 0
  const network: typeof fetch = async () => {
    asked++
    return answer()
  }
  const transport = cookieTransport({ url: '/auth/refresh', revokeUrl: '/auth/logout' })
  return { ...open({ transport, store: memoryStore(), fetch: network }), asked: () => asked }
}

async function signInAndOut(isToSignOut: boolean): Promise<void> {
  const page = visit(() => Response.json({}))
  await pass(SECOND)
  await page.tokens.setSession({ access: LOGIN.accessToken, expires_in: 900 })
  if (isToSignOut) void page.tokens.signOut()
  await pass(SECOND)
  await leave(page)
}

describe.each(SAYS_NO_COOKIE)('%s from a refresh endpoint with a cookie', (_, answer) => {
  it('says on a first visit that nobody is signed in', async () => {
    const { tokens, asked } = visit(answer)
    await pass(3 * SECOND)
    expect(tokens.getSnapshot()).toMatchObject({ status: 'signed-out', signedOutReason: 'no-session' })
    await pass(10 * MINUTE)
    expect(asked()).toBe(1)
  })

  it('says so after a sign-out', async () => {
    await signInAndOut(true)
    const { tokens } = visit(answer)
    await pass(3 * SECOND)
    expect(tokens.getSnapshot()).toMatchObject({ status: 'signed-out', signedOutReason: 'user' })
  })

  it('signs nobody out whom the ledger knows to be signed in: a proxy may say so', async () => {
    await signInAndOut(false)
    const { tokens } = visit(answer)
    await pass(20 * SECOND)
    expect(tokens.getSnapshot()).toMatchObject({ status: 'degraded' })
  })

  it('signs nobody out who is signed in here', async () => {
    const { tokens } = visit(answer)
    await pass(3 * SECOND)
    await tokens.setSession({ access: LOGIN.accessToken, expires_in: 900 })
    const call = tokens.refreshAccessToken().catch(() => {})
    await pass(20 * SECOND)
    await call
    expect(tokens.getSnapshot()).toMatchObject({ status: 'degraded' })
  })
})

it('a 401 with a page in it says nothing on a first visit either', async () => {
  const { tokens } = visit(() => new Response('<!doctype html><title>Proxy</title>', { status: 401 }))
  await pass(20 * SECOND)
  expect(tokens.getSnapshot()).toMatchObject({ status: 'degraded' })
})
