import { beforeEach, describe, expect, it, onTestFinished } from 'vitest'
import { watch } from '../support/ports.ts'
import { SECOND } from '../support/sessions.ts'
import { bearer, LOGIN, openExpired, openPage, type Page, pass, signIn, useVirtualTime } from '../support/tokens.ts'

beforeEach(useVirtualTime)

/** `window.fetch = tokens.fetch`, as long as the test runs. */
function install(page: Page): Page {
  const former = globalThis.fetch
  onTestFinished(() => {
    globalThis.fetch = former
  })
  globalThis.fetch = page.tokens.fetch
  return page
}

/** As the README has it. */
async function readmeSignIn({ tokens }: Page): Promise<void> {
  const response = await fetch('/auth/login', {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({ username: 'amara', password: 'amara-pw' }),
  })
  if (!response.ok) throw new Error(`The sign-in was refused: ${response.status}`)
  await tokens.setSession(await response.json())
}

const answersLogin: Page['answer'] = (request) =>
  new URL(request.url).pathname === '/auth/login' ? Response.json(LOGIN) : Response.json({})

describe('scenario 43: tokens.fetch in the place of the page’s fetch', () => {
  it('lets the README’s own signIn() through, at first, after a start, and after a sign-out', async () => {
    const page = install(openPage())
    page.answer = answersLogin
    // The page has just opened, and has yet to find out whether somebody is signed in.
    const first = watch(readmeSignIn(page))
    await pass(SECOND)
    expect(first).toEqual({ settled: true, value: undefined })
    await page.tokens.signOut()
    await readmeSignIn(page)
    expect(page.tokens.getSnapshot().status).toBe('active')
    expect(page.sent.map(bearer)).toEqual([null, null])
    expect(await page.sent[1]?.json()).toEqual({ username: 'amara', password: 'amara-pw' })
    expect(page.sent[1]?.headers.get('content-type')).toBe('application/json')
    await fetch('/api/ward')
    expect(bearer(page.sent[2])).toBe('Bearer SECRET-access-1')
  })

  it('hands on the 401 of a wrong password as it is, and sends it once', async () => {
    const page = install(openPage())
    await page.tokens.start()
    page.answer = () => new Response('{}', { status: 401 })
    await expect(readmeSignIn(page)).rejects.toThrow('401')
    expect(page.sent).toHaveLength(1)
  })

  it('a call that was made in a session is not sent without it', async () => {
    const page = install(await openExpired())
    const call = watch(fetch('/api/note', { method: 'POST', body: 'slept well' }))
    await pass(SECOND)
    void page.tokens.signOut()
    await pass(SECOND)
    expect(call.error).toMatchObject({ code: 'signed_out' })
    expect(page.sent).toEqual([])
  })

  it('a call that another user’s sign-in met is not sent', async () => {
    const page = install(await openExpired())
    const call = watch(fetch('/api/note', { method: 'POST', body: 'slept well' }))
    await page.tokens.setSession({ ...LOGIN, subject: 'bo' })
    await pass(SECOND)
    expect(call.error).toMatchObject({ code: 'identity_changed' })
    expect(page.sent).toEqual([])
  })

  it('with the access token in a cookie nothing leaves: the browser would send what may still be in the jar', async () => {
    const page = install(await signIn({}, { accessTokenIn: 'cookie', refreshTokenIn: 'cookie' }))
    await page.tokens.signOut()
    await expect(fetch('/api/ward')).rejects.toMatchObject({ code: 'signed_out' })
    expect(page.sent).toEqual([])
  })

  it('elsewhere, called by its own name, it says that nobody is signed in', async () => {
    const page = openPage()
    await page.tokens.start()
    await expect(page.tokens.fetch('/auth/login', { method: 'POST' })).rejects.toMatchObject({ code: 'signed_out' })
    expect(page.sent).toEqual([])
  })
})

describe('tokens.fetch() without an address', () => {
  it('is a TypeError, as with fetch', async () => {
    const page = await signIn()
    await expect(Reflect.apply(page.tokens.fetch, undefined, [])).rejects.toBeInstanceOf(TypeError)
    expect(page.sent).toEqual([])
  })
})
