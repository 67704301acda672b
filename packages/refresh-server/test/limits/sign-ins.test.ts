import { expect, it } from 'vitest'
import { hashPassword, type RefreshServerOptions } from '../../src/index.ts'
import { listenTestServer } from '../support/test-server.ts'
import { statusesOf } from './support.ts'

async function listen(maxRequests?: number, options: RefreshServerOptions = {}) {
  const rateLimit = maxRequests ? { maxRequests } : {}
  const { post } = await listenTestServer({ maxSessions: 1_000, rateLimit, ...options })
  const signIn = (username: string, password: string) => () => post('/auth/login', { username, password })
  return {
    right: (username: string) => signIn(username, `${username}-pw`),
    wrong: (username: string) => signIn(username, 'x'),
  }
}

const times = <T>(count: number, value: T): T[] => Array(count).fill(value)

it('sign-ins of a user are refused after ten wrong passwords, even with the correct one; other users are not', async () => {
  const { right, wrong } = await listen()
  expect(await statusesOf(times(10, wrong('amara')))).toEqual(times(10, 401))
  expect(await statusesOf([wrong('amara'), right('amara'), right('ben')])).toEqual([429, 429, 200])
})

it('a correct password resets the count of wrong ones', async () => {
  const { right, wrong } = await listen()
  const nearly = [...times(9, wrong('amara')), right('amara')]
  expect(await statusesOf([...nearly, ...nearly])).not.toContain(429)
})

it('sign-ins count before the password check, so that concurrent guesses do not pass the limit', async () => {
  const { wrong } = await listen()
  const answers = await Promise.all(times(25, wrong('amara')).map((signIn) => signIn()))
  expect(answers.filter(({ status }) => status === 401)).toHaveLength(10)
})

it('an address that tries one password on many users is refused, but known users of it are not', async () => {
  const { right, wrong } = await listen(5)
  expect(await statusesOf([right('amara')])).toEqual([200])
  const spraying = ['a', 'b', 'c', 'd', 'e', 'f'].map((username) => wrong(username))
  expect(await statusesOf(spraying)).toEqual([401, 401, 401, 401, 401, 429])
  expect(await statusesOf([right('ben'), right('amara'), right('amara')])).toEqual([429, 200, 200])
})

it('concurrent guesses of one password for many users do not pass the limit', async () => {
  const { wrong } = await listen(5)
  const users = Array.from({ length: 30 }, (_, index) => `user ${index}`)
  const answers = await Promise.all(users.map((username) => wrong(username)()))
  // One more may already have passed the check when the fifth was counted.
  const looked = answers.filter(({ status }) => status === 401)
  expect([5, 6]).toContain(looked.length)
  expect(answers.filter(({ status }) => status === 429)).toHaveLength(30 - looked.length)
})

it('an address that guesses for many users is refused, even if it has one correct password', async () => {
  const { right, wrong } = await listen(5)
  const guessing = ['a', 'b', 'c', 'd', 'e', 'f'].flatMap((username) => [wrong(username), right('amara')])
  expect((await statusesOf(guessing)).filter((_, index) => index % 2 === 0)).toEqual([401, 401, 401, 401, 401, 429])
})

it('each correct password takes back one wrong one, also with many concurrent sign-ins', async () => {
  const { right, wrong } = await listen(5)
  await statusesOf([right('amara'), wrong('amara'), ...['a', 'b', 'c', 'd'].map((username) => wrong(username))])
  await Promise.all(times(3, right('amara')).map((signIn) => signIn()))
  expect(await statusesOf([wrong('e'), wrong('f')])).toEqual([401, 429])
})

it('sign-ins are not refused at the start of a shift, when many mistype', async () => {
  const nurses = Array.from({ length: 20 }, (_, index) => `nurse-${index}`)
  const users = nurses.map(async (username) => {
    const passwordHash = await hashPassword(`${username}-pw`, { ln: 4, r: 1, p: 1 })
    return { username, name: username, roles: ['clinician'], passwordHash }
  })
  const { right, wrong } = await listen(3, { users: await Promise.all(users) })
  const shift = nurses.flatMap((nurse) => [wrong(nurse), right(nurse)])
  expect(await statusesOf(shift)).toEqual(times(20, [401, 200]).flat())
})

it('correct passwords take back only earlier wrong ones, and no later ones', async () => {
  const { right, wrong } = await listen(3)
  await statusesOf(times(3, right('amara')))
  expect(await statusesOf(['a', 'b', 'c', 'd'].map((username) => wrong(username)))).toEqual([401, 401, 401, 429])
})

it('sign-ins of one user at one address are limited even with correct passwords, because each costs a slow hash', async () => {
  const { right } = await listen(3)
  expect(await statusesOf([...times(4, right('amara')), right('ben')])).toEqual([200, 200, 200, 429, 200])
})
