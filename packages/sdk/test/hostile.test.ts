import { beforeEach, describe, expect, it, vi } from 'vitest'
import type { SessionStore } from '../src/ports.ts'
import { hostileLedgers, hostileSessions, hostileValues, type ledger, session } from './support/hostile.ts'
import { parseLedger } from './support/parse-stored.ts'
import { HOUR, MINUTE, NOON, SECOND } from './support/sessions.ts'
import { bearer, contents, LOGIN, openPage, type Page, pass, signIn, types, useVirtualTime } from './support/tokens.ts'

beforeEach(() => {
  useVirtualTime()
  vi.setSystemTime(NOON)
})

const holding = (value: unknown): SessionStore => ({ load: async () => value, async save() {}, async clear() {} })

type Change = (record: typeof ledger) => unknown

function stored(): [key: string, text: string] {
  const [[key, text] = []] = contents(sessionStorage)
  return [key ?? '', text ?? '{}']
}

/** Puts a ledger into the storage, as any script of the origin may, and has the page hear of it. */
function forge(change: Change): void {
  const [key, text] = stored()
  sessionStorage.setItem(key, JSON.stringify(change(JSON.parse(text))))
  window.dispatchEvent(new StorageEvent('storage', { key }))
}

/** A page that is signed in and hears of what others write. */
async function open(...options: Parameters<typeof signIn>): Promise<Page> {
  const page = await signIn(...options)
  await page.tokens.start()
  return page
}

/** A page that finds what an earlier one has left, and somebody has changed. */
async function reload(change: Change = (record) => record): Promise<Page> {
  const before = await signIn({ name: 'reloaded' })
  const [key, text] = stored()
  await before.tokens.dispose()
  const page = openPage({ name: 'reloaded' })
  sessionStorage.setItem(key, JSON.stringify(change(JSON.parse(text))))
  return page
}

describe('hostile records', () => {
  it('in a store are no session, and keep nobody from signing in', async () => {
    for (const [name, value] of [...hostileValues, ...hostileSessions]) {
      const { tokens, events } = openPage({ store: holding(value) })
      expect([name, (await tokens.start()).status]).toEqual([name, 'signed-out'])
      expect([name, types(events).includes('restored')]).toEqual([name, false])
      await tokens.setSession(LOGIN)
      expect([name, tokens.peekAccessToken()]).toEqual([name, LOGIN.accessToken])
      await tokens.dispose()
    }
  })

  it('in the ledger change nothing for who is signed in', async () => {
    const { tokens, events } = await open()
    const before = tokens.getSnapshot()
    const happened = events.length
    for (const record of asJson()) {
      forge(() => record)
      expect(tokens.getSnapshot()).toBe(before)
    }
    expect(events.length).toBe(happened)
    expect(tokens.peekAccessToken()).toBe(LOGIN.accessToken)
  })

  it('in the ledger do not keep a page from starting, nor anybody from signing in', async () => {
    for (const record of asJson()) {
      const { tokens } = await reload(() => record)
      expect((await tokens.start()).status).toBe('signed-out')
      await tokens.setSession(LOGIN)
      expect(tokens.getSnapshot().status).toBe('active')
      await tokens.dispose()
    }
  })
})

/** The hostile ledgers as far as JSON holds them. */
function asJson(): unknown[] {
  const values = [...hostileValues, ...hostileLedgers].filter(
    ([name]) => !['deep', 'doubling', 'endless'].includes(name),
  )
  return values.map(([, value]) =>
    JSON.parse(JSON.stringify(value, (_, member) => (typeof member === 'bigint' ? `${member}` : member)) ?? 'null'),
  )
}

// Whoever may write to the storage of the origin speaks with the page's own voice: docs/security.md says so.
describe('a forged record that is well-formed', () => {
  it('can end the session, and not keep the user from the next', async () => {
    const { tokens, endpoint } = await open()
    forge((record) => ({ ...record, signedOut: { reason: 'user', at: NOON, generation: 1 } }))
    expect(tokens.getSnapshot()).toMatchObject({ status: 'signed-out', signedOutReason: 'user' })
    await tokens.setSession(LOGIN)
    expect(tokens.getSnapshot().status).toBe('active')
    expect(endpoint.revoked).toEqual([])
  })

  it('can not put off an idle sign-out beyond the idle time', async () => {
    const { tokens } = await open({ policy: { jitterRatio: 0, idleTimeoutMs: 10 * MINUTE } })
    forge((record) => ({ ...record, lastActivityAt: NOON + 24 * HOUR }))
    await pass(11 * MINUTE)
    expect(tokens.getSnapshot()).toMatchObject({ status: 'signed-out', signedOutReason: 'idle' })
  })

  it('can not put off a refresh for more than an hour', async () => {
    const { tokens, endpoint } = await open()
    const far = NOON + 1_000 * HOUR
    const attempt = { key: 'k', generation: 1, by: 't', number: 9, startedAt: far, expiresAt: far, failures: 9 }
    forge((record) => ({ ...record, attempt: { ...attempt, retryAt: far, notBefore: far } }))
    await pass(HOUR + MINUTE)
    expect(endpoint.asked.length).toBeGreaterThan(0)
    expect(tokens.getSnapshot().status).toBe('active')
  })

  it.each([1e4, 1e9])('of generation %d, which nobody can have counted to, is none', async (generation) => {
    const { tokens, endpoint } = await open()
    forge((record) => ({ ...record, generation }))
    await pass(14 * MINUTE)
    expect(endpoint.asked.map(({ refreshToken }) => refreshToken)).toEqual(['SECRET-refresh-1'])
    expect(tokens.getSnapshot()).toMatchObject({ status: 'active', generation: 2 })
  })

  it('of the next generation says that the refresh token is spent: it is not spent again, nor kept from the next sign-in', async () => {
    const { tokens, endpoint } = await open()
    forge((record) => ({ ...record, generation: 2 }))
    await pass(15 * MINUTE - SECOND)
    expect(tokens.getSnapshot().status).toBe('active')
    await pass(MINUTE)
    expect(tokens.getSnapshot()).toMatchObject({ status: 'signed-out', signedOutReason: 'refresh-rejected' })
    expect(endpoint.asked).toEqual([])
    await tokens.setSession(LOGIN)
    await pass(14 * MINUTE)
    expect(tokens.getSnapshot()).toMatchObject({ status: 'active', generation: 2 })
  })

  it('with more activity than there was time for is none, and what is counted on from less is understood', async () => {
    const { tokens } = await open({ policy: { jitterRatio: 0, idleTimeoutMs: HOUR } })
    forge((record) => ({ ...record, activities: 1e9 }))
    await pass(MINUTE)
    tokens.extendSession()
    expect(parseLedger(JSON.parse(stored()[1]))).toMatchObject({ activities: 1 })
    forge((record) => ({ ...record, activities: MINUTE }))
    await pass(MINUTE)
    tokens.extendSession()
    expect(parseLedger(JSON.parse(stored()[1]))).toMatchObject({ activities: MINUTE + 1 })
  })

  it.each([1e9 - 1, 1e9])(
    'can count sign-ins up to %d: who signs in again is signed in, here and after a reload',
    async (epoch) => {
      const first = await open({ name: `far ${epoch}` })
      forge((record) => ({ ...record, epoch, signedOut: { reason: 'user', at: NOON, generation: 1 } }))
      expect(first.tokens.getSnapshot().status).toBe('signed-out')
      for (let times = 0; times < 3; times++) {
        await first.tokens.setSession(LOGIN)
        await first.tokens.fetch('/api')
        expect(bearer(first.sent.at(-1))).toBe(`Bearer ${LOGIN.accessToken}`)
      }
      await first.tokens.dispose()
      const second = openPage({ name: `far ${epoch}` })
      await second.tokens.setSession(LOGIN)
      expect(second.tokens.getSnapshot().status).toBe('active')
    },
  )

  it('of another user makes the page ask, and gives it no token of theirs', async () => {
    const { tokens } = await open({
      store: holding({ ...session, subject: 'bo', epoch: 9 }),
    })
    forge((record) => ({ ...record, epoch: 9, sid: session.sid }))
    await pass(MINUTE)
    expect(tokens.getSnapshot().status).toBe('identity-changed')
    expect(tokens.peekAccessToken()).toBeUndefined()
  })
})
