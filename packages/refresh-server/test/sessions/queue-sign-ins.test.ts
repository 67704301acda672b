import { expect, it } from 'vitest'
import { RateLimitedError } from '../../src/errors.ts'
import { queueSignIns } from '../../src/sessions/limited-sessions.ts'
import type { Sessions } from '../../src/sessions/sessions.ts'

const CREDENTIALS = { username: 'amara', password: 'x', accessTokenIn: 'body', address: '192.0.2.1' } as const

/** Sessions whose sign-ins the test finishes. */
function createSlowSessions() {
  const underWay: Array<() => void> = []
  const signIn: Sessions['signIn'] = async () => {
    await new Promise<void>((resolve) => underWay.push(resolve))
    return undefined
  }
  const sessions = queueSignIns({ signIn } as Sessions)
  const settled = () => new Promise((resolve) => setImmediate(resolve))
  return { underWay, settled, signIn: () => sessions.signIn(CREDENTIALS) }
}

it('runs two sign-ins at the same time, in the order of their arrival', async () => {
  const { underWay, settled, signIn } = createSlowSessions()
  const ended: number[] = []
  const all = [0, 1, 2, 3].map((index) => signIn().then(() => ended.push(index)))
  await settled()
  expect(underWay).toHaveLength(2)
  for (let turn = 0; turn < 4; turn++) {
    underWay.shift()?.()
    await settled()
    expect(underWay.length).toBeLessThanOrEqual(2)
  }
  await Promise.all(all)
  expect(ended).toEqual([0, 1, 2, 3])
})

it('refuses a sign-in while 500 wait, and accepts one again after the next has finished', async () => {
  const { underWay, settled, signIn } = createSlowSessions()
  for (let count = 0; count < 502; count++) void signIn()
  await settled()
  await expect(signIn()).rejects.toThrow(RateLimitedError)
  underWay.shift()?.()
  await settled()
  const last = signIn()
  await expect(signIn()).rejects.toThrow(RateLimitedError)
  while (underWay.length > 0) {
    underWay.shift()?.()
    await settled()
  }
  await expect(last).resolves.toBeUndefined()
})
