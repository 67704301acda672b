import { beforeEach, describe, expect, it, vi } from 'vitest'
import { memoryStore } from '../src/index.ts'
import { leave, type Opened, open } from './support/browser.ts'
import { HOUR, MINUTE, NOON, SECOND } from './support/sessions.ts'
import { createEndpoint, LOGIN, pass, rotated, types, useVirtualTime } from './support/tokens.ts'

beforeEach(() => {
  useVirtualTime()
  vi.setSystemTime(NOON)
})

const policy = { jitterRatio: 0, sessionMaxMs: 12 * HOUR }
const seconds = (at: number) => Math.floor(at / SECOND)

/** A page whose refresh token is a cookie, which the server replaces as it likes. */
function visit(refreshTokenIn: 'cookie' | 'body' = 'cookie'): Opened {
  const endpoint = createEndpoint({ refreshTokenIn })
  return { ...open({ transport: endpoint, store: memoryStore(), policy }), endpoint }
}

/** What tokens say of the login, from now on. */
function says(page: Opened, claims: Record<string, unknown>, subject = 'amara'): void {
  page.endpoint.respond = async () => rotated(page.endpoint.asked.length + 1, { claims, subject })
}

async function refresh(page: Opened): Promise<void> {
  const refreshed = page.tokens.refreshAccessToken()
  await pass(2 * SECOND)
  await refreshed
}

const sidOf = ({ events }: Opened) => events.findLast(({ sid }) => sid !== undefined)?.sid

describe('from answers alone', () => {
  const login = { auth_time: seconds(NOON - HOUR), sid: 'op-1' }

  it.each([
    ['a later auth_time', { ...login, auth_time: seconds(NOON - MINUTE) }, NOON - MINUTE],
    ['an auth_time later than now', { ...login, auth_time: seconds(NOON + HOUR) }, NOON + 2 * SECOND],
    ['another sid', { sid: 'op-2' }, NOON + 2 * SECOND],
  ])('%s is another login, whose limits begin then', async (_, next, signedInAt) => {
    const page = visit()
    says(page, login)
    await pass(2 * SECOND)
    const before = sidOf(page)
    says(page, next)
    await refresh(page)
    expect(page.tokens.getSnapshot()).toMatchObject({ status: 'active', generation: 1 })
    expect(sidOf(page)).not.toBe(before)
    const { sessionEndsAt = 0 } = page.tokens.getSnapshot()
    expect(Math.abs(sessionEndsAt - signedInAt - 12 * HOUR)).toBeLessThan(SECOND)
  })

  it.each([
    ['the same', login],
    ['nothing', {}],
    ['a part of it', { sid: 'op-1' }],
    ['junk', { auth_time: 'today', sid: 7 }],
  ])('%s is no other login', async (_, next) => {
    const page = visit()
    says(page, login)
    await pass(2 * SECOND)
    const before = [sidOf(page), page.tokens.getSnapshot().sessionEndsAt]
    says(page, next)
    await refresh(page)
    expect(page.tokens.getSnapshot().generation).toBe(2)
    expect([sidOf(page), page.tokens.getSnapshot().sessionEndsAt]).toEqual(before)
  })

  it('a page that opens later knows the login of the page before', async () => {
    const first = visit()
    says(first, login)
    await pass(2 * SECOND)
    await leave(first)
    const second = visit()
    says(second, { ...login, auth_time: seconds(NOON) })
    await pass(2 * SECOND)
    expect(second.tokens.getSnapshot()).toMatchObject({ status: 'active', generation: 1 })
    expect(sidOf(second)).not.toBe(sidOf(first))
    expect(JSON.stringify({ ...localStorage })).not.toContain('op-1')
  })

  it('whoever has a refresh token of their own goes on with their own session', async () => {
    const page = visit('body')
    await page.tokens.setSession({ ...LOGIN, claims: login })
    says(page, { ...login, auth_time: seconds(NOON) })
    await refresh(page)
    expect(page.tokens.getSnapshot().generation).toBe(2)
  })
})

describe('scenario 46: sessionStarted', () => {
  it('begins a session, in a page that has just opened and in one that has been open', async () => {
    const page = visit()
    expect(await started(page, 'first')).toMatchObject({ status: 'active', subject: 'amara', generation: 1 })
    const before = sidOf(page)
    expect(await started(page, 'second')).toMatchObject({ status: 'active', generation: 1 })
    expect(sidOf(page)).not.toBe(before)
    expect(types(page.events).filter((type) => type === 'started')).toHaveLength(1)
    expect(types(page.events).filter((type) => type === 'signed-in')).toHaveLength(2)
  })

  it('after a sign-out signs in with a new id, and with none that was seen', async () => {
    const page = visit()
    await started(page, 'first')
    void page.tokens.signOut()
    await pass(5 * SECOND)
    expect(await started(page, 'first')).toMatchObject({ status: 'signed-out', signedOutReason: 'user' })
    expect(page.endpoint.asked).toHaveLength(1)
    expect(await started(page, 'second')).toMatchObject({ status: 'active' })
  })

  it('keeps no id', async () => {
    await started(visit(), 'SECRET-django-session')
    expect(JSON.stringify({ ...localStorage })).not.toContain('django')
  })

  it('says that nobody is signed in where the cookie is good for nothing', async () => {
    const page = visit()
    page.endpoint.respond = async () => ({ kind: 'rejected', error: 'invalid_grant' })
    expect(await started(page, 'first')).toMatchObject({ status: 'signed-out', signedOutReason: 'refresh-rejected' })
  })

  it('is refused where the refresh token is no cookie, and without an id', async () => {
    await expect(visit('body').tokens.sessionStarted('first')).rejects.toMatchObject({ code: 'invalid_option' })
  })

  it.each(['', ' \n', 7, undefined])('is refused with %j for an id', async (id) => {
    await expect(visit().tokens.sessionStarted(id as string)).rejects.toMatchObject({ code: 'invalid_option' })
  })
})

async function started({ tokens }: Opened, loginId: string) {
  const snapshot = tokens.sessionStarted(loginId)
  await pass(5 * SECOND)
  return snapshot
}
