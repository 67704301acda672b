import { describe, expect, it } from 'vitest'
import { createTestServer, json, MINUTE_MS, START_AT, tokensOf } from '../support/test-server.ts'

describe('every mode', () => {
  it('gives new tokens for a refresh token', async () => {
    const { signIn, refresh, patients } = createTestServer()
    const first = await signIn()
    const answer = await refresh(first.refresh)
    expect(answer.status).toBe(200)
    const body = await json(answer.clone())
    expect(Object.keys(body).sort()).toEqual(['access', 'expires_in', 'refresh'])
    expect(body.expires_in).toBe(900)
    const second = await tokensOf(answer)
    expect(second.refresh).not.toBe(first.refresh)
    expect(second.access).not.toBe(first.access)
    expect((await patients(second.access)).status).toBe(200)
    expect((await patients(first.access)).status).toBe(200)
  })

  it('gives refresh tokens of 256 bits', async () => {
    const { signIn } = createTestServer()
    const { refresh } = await signIn()
    expect(Buffer.from(refresh, 'base64url')).toHaveLength(32)
  })

  it('rejects an unknown token and revokes nothing', async () => {
    const { signIn, refresh, reasonFor } = createTestServer()
    const { refresh: token } = await signIn()
    const answer = await refresh('never issued')
    expect(answer.status).toBe(401)
    expect(await json(answer)).toEqual({
      error: 'invalid_grant',
      error_description: expect.any(String),
      reason: 'unknown',
    })
    expect(await reasonFor(token)).toBe('ok')
  })

  it('rejects an expired token without revoking its session', async () => {
    const { signIn, rotate, reasonFor, clock } = createTestServer({ refreshLifetimeMs: 30 * MINUTE_MS })
    const first = await signIn()
    clock.now = START_AT + 20 * MINUTE_MS
    const second = await rotate(first.refresh)
    clock.now = START_AT + 30 * MINUTE_MS
    expect(await reasonFor(first.refresh)).toBe('expired')
    expect(await reasonFor(second.refresh)).toBe('ok')
  })

  it('accepts a token until its lifetime ends', async () => {
    const { signIn, reasonFor, clock } = createTestServer({ refreshLifetimeMs: 30 * MINUTE_MS })
    const early = await signIn()
    const late = await signIn()
    clock.now = START_AT + 30 * MINUTE_MS - 1
    expect(await reasonFor(early.refresh)).toBe('ok')
    clock.now += 1
    expect(await reasonFor(late.refresh)).toBe('expired')
  })

  it('ends a session at its limit in spite of refreshes', async () => {
    const { signIn, rotate, reasonFor, patients, clock } = createTestServer({
      sessionLifetimeMs: 60 * MINUTE_MS,
      accessLifetimeMs: 30 * MINUTE_MS,
    })
    let tokens = await signIn()
    for (const minute of [20, 40, 59]) {
      clock.now = START_AT + minute * MINUTE_MS
      tokens = await rotate(tokens.refresh)
    }
    expect((await patients(tokens.access)).status).toBe(200)
    clock.now = START_AT + 60 * MINUTE_MS
    expect(await reasonFor(tokens.refresh)).toBe('expired')
    expect((await patients(tokens.access)).status).toBe(401)
  })

  it('never promises an access token beyond the session', async () => {
    const { signIn, refresh, clock } = createTestServer({ sessionLifetimeMs: 60 * MINUTE_MS })
    const tokens = await signIn()
    clock.now = START_AT + 55 * MINUTE_MS
    expect((await json(await refresh(tokens.refresh))).expires_in).toBe(300)
  })
})

describe('strict', () => {
  it('revokes the session if a token comes twice, even with the same key', async () => {
    const { signIn, rotate, reasonFor, patients } = createTestServer({ reuse: 'strict' })
    const first = await signIn()
    const second = await rotate(first.refresh, 'key')
    expect(await reasonFor(first.refresh, 'key')).toBe('reused')
    expect(await reasonFor(second.refresh)).toBe('revoked')
    expect(await reasonFor(first.refresh)).toBe('revoked')
    expect((await patients(second.access)).status).toBe(401)
  })

  it('leaves other sessions of the same user alone', async () => {
    const { signIn, rotate, reasonFor, patients } = createTestServer({ reuse: 'strict' })
    const mine = await signIn()
    const other = await signIn()
    await rotate(mine.refresh)
    expect(await reasonFor(mine.refresh)).toBe('reused')
    expect((await patients(other.access)).status).toBe(200)
    expect(await reasonFor(other.refresh)).toBe('ok')
  })

  it('answers one of two concurrent requests', async () => {
    const { signIn, reasonFor } = createTestServer({ reuse: 'strict' })
    const { refresh } = await signIn()
    const reasons = await Promise.all([reasonFor(refresh), reasonFor(refresh)])
    expect(reasons.sort()).toEqual(['ok', 'reused'])
  })
})

describe('grace', () => {
  it('answers two concurrent requests with two valid successors', async () => {
    const { signIn, rotate, reasonFor } = createTestServer({ reuse: 'grace' })
    const { refresh } = await signIn()
    const [one, two] = await Promise.all([rotate(refresh), rotate(refresh)])
    expect(one.refresh).not.toBe(two.refresh)
    expect(await reasonFor(one.refresh)).toBe('ok')
    expect(await reasonFor(two.refresh)).toBe('ok')
  })

  it('revokes nothing within the window, even after a successor was used', async () => {
    const { signIn, rotate, reasonFor, clock } = createTestServer({ reuse: 'grace', graceMs: 10_000 })
    const first = await signIn()
    const second = await rotate(first.refresh)
    const third = await rotate(second.refresh)
    clock.now += 9_999
    expect(await reasonFor(first.refresh)).toBe('ok')
    expect(await reasonFor(third.refresh)).toBe('ok')
  })

  it('revokes after the window, which counts from the first use', async () => {
    const { signIn, rotate, reasonFor, clock } = createTestServer({ reuse: 'grace', graceMs: 10_000 })
    const first = await signIn()
    await rotate(first.refresh)
    clock.now += 6_000
    const second = await rotate(first.refresh)
    clock.now += 4_000
    expect(await reasonFor(first.refresh)).toBe('reused')
    expect(await reasonFor(second.refresh)).toBe('revoked')
  })
})

describe('the end of a session', () => {
  it.each(['grace', 'replay'] as const)('rejects a repeated request in mode %s', async (reuse) => {
    const { signIn, rotate, reasonFor, clock } = createTestServer({ reuse, sessionLifetimeMs: 60 * MINUTE_MS })
    const first = await signIn()
    clock.now = START_AT + 60 * MINUTE_MS - 1
    await rotate(first.refresh, 'key')
    expect(await reasonFor(first.refresh, 'key')).toBe('ok')
    clock.now += 1
    expect(await reasonFor(first.refresh, 'key')).toBe('expired')
  })
})

describe('replay', () => {
  it('gives the same successor to the same key, until that successor is used', async () => {
    const { signIn, rotate, reasonFor, patients } = createTestServer()
    const first = await signIn()
    const second = await rotate(first.refresh, 'key')
    const again = await rotate(first.refresh, 'key')
    expect(again.refresh).toBe(second.refresh)
    expect((await patients(again.access)).status).toBe(200)
    const third = await rotate(second.refresh, 'next')
    expect(await reasonFor(first.refresh, 'key')).toBe('reused')
    expect(await reasonFor(third.refresh)).toBe('revoked')
  })

  it('gives the last successor to a key that has spent all of them', async () => {
    const { signIn, rotate, reasonFor } = createTestServer()
    const first = await signIn()
    const second = await rotate(first.refresh, 'key')
    const third = await rotate(second.refresh, 'key')
    const fourth = await rotate(third.refresh, 'key')
    for (const { refresh } of [first, second, third]) {
      expect((await rotate(refresh, 'key')).refresh).toBe(fourth.refresh)
    }
    expect(await reasonFor(fourth.refresh, 'next')).toBe('ok')
  })

  it.each([
    ['the first', 0],
    ['the last', 1],
  ])(
    'treats %s of two tokens that one key has spent as reuse, once another key has spent their successor',
    async (...[, index]) => {
      const { signIn, rotate, reasonFor } = createTestServer()
      const first = await signIn()
      const second = await rotate(first.refresh, 'key')
      const third = await rotate(second.refresh, 'key')
      const fourth = await rotate(third.refresh, 'next')
      expect(await reasonFor([first, second][index]?.refresh ?? '', 'key')).toBe('reused')
      expect(await reasonFor(fourth.refresh)).toBe('revoked')
    },
  )

  it('treats a token as reuse where another key has spent a successor in between', async () => {
    const { signIn, rotate, reasonFor } = createTestServer()
    const first = await signIn()
    const second = await rotate(first.refresh, 'key')
    const third = await rotate(second.refresh, 'other')
    const fourth = await rotate(third.refresh, 'key')
    expect(await reasonFor(first.refresh, 'key')).toBe('reused')
    expect(await reasonFor(fourth.refresh)).toBe('revoked')
  })

  it('gives two concurrent requests the same successor', async () => {
    const { signIn, rotate } = createTestServer()
    const { refresh } = await signIn()
    const [one, two] = await Promise.all([rotate(refresh, 'key'), rotate(refresh, 'key')])
    expect(one.refresh).toBe(two.refresh)
  })

  it.each([
    ['another key', 'other'],
    ['no key', undefined],
  ])('treats %s as reuse', async (_, key) => {
    const { signIn, rotate, reasonFor } = createTestServer()
    const first = await signIn()
    const second = await rotate(first.refresh, 'key')
    expect(await reasonFor(first.refresh, key)).toBe('reused')
    expect(await reasonFor(second.refresh)).toBe('revoked')
  })

  it.each([
    ['another key', 'other'],
    ['no key', undefined],
  ])('treats %s as reuse also where one key has spent several tokens', async (_, key) => {
    const { signIn, rotate, reasonFor } = createTestServer()
    const first = await signIn()
    const second = await rotate(first.refresh, 'key')
    const third = await rotate(second.refresh, 'key')
    expect(await reasonFor(first.refresh, key)).toBe('reused')
    expect(await reasonFor(third.refresh)).toBe('revoked')
  })

  it('treats a second use without keys as reuse', async () => {
    const { signIn, rotate, reasonFor } = createTestServer()
    const first = await signIn()
    await rotate(first.refresh)
    expect(await reasonFor(first.refresh)).toBe('reused')
  })

  it('replays for a token that has expired since, but never an expired successor', async () => {
    const { signIn, rotate, reasonFor, clock } = createTestServer({ refreshLifetimeMs: 30 * MINUTE_MS })
    const first = await signIn()
    clock.now = START_AT + 29 * MINUTE_MS
    const second = await rotate(first.refresh, 'key')
    clock.now = START_AT + 31 * MINUTE_MS
    expect((await rotate(first.refresh, 'key')).refresh).toBe(second.refresh)
    clock.now = START_AT + 59 * MINUTE_MS
    expect(await reasonFor(first.refresh, 'key')).toBe('expired')
  })

  it('replays a key only together with its token', async () => {
    const { signIn, rotate, reasonFor } = createTestServer()
    const mine = await signIn()
    const other = await signIn('ben')
    const successor = await rotate(mine.refresh, 'key')
    const unrelated = await rotate(other.refresh, 'key')
    expect(unrelated.refresh).not.toBe(successor.refresh)
    expect(await reasonFor('never issued', 'key')).toBe('unknown')
  })
})
