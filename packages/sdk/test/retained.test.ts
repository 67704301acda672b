import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { beforeEach, describe, expect, it } from 'vitest'
import { type Page, signIn, useVirtualTime } from './support/tokens.ts'

beforeEach(useVirtualTime)

setFlagsFromString('--expose-gc')
const collect: () => void = runInNewContext('gc')

const CALLS = 10_000
/** What a machine does beside it is less than this for each of so many calls. */
const NOISE_BYTES = 100

const signal = new AbortController().signal

/** Calls that an app makes again and again, as long as a page lives. */
const calls: Record<string, (page: Page) => unknown> = {
  start: ({ tokens }) => tokens.start(),
  getAccessToken: ({ tokens }) => tokens.getAccessToken(),
  'getAccessToken with a signal': ({ tokens }) => tokens.getAccessToken({ signal }),
  peekAccessToken: ({ tokens }) => tokens.peekAccessToken(),
  isAuthenticated: ({ tokens }) => tokens.isAuthenticated(),
  getSnapshot: ({ tokens }) => tokens.getSnapshot(),
  getMetrics: ({ tokens }) => tokens.getMetrics(),
  extendSession: ({ tokens }) => tokens.extendSession(),
  'subscribe and stop': ({ tokens }) => tokens.subscribe(() => {})(),
  'onEvent and stop': ({ tokens }) => tokens.onEvent(() => {})(),
  'onSignedOut and stop': ({ tokens }) => tokens.onSignedOut(() => {})(),
}

describe('what is called again and again keeps nothing', () => {
  it.each(Object.entries(calls))('%s', async (_, call) => {
    const page = await signIn()
    await page.tokens.start()
    const times = async (count: number) => {
      for (let n = 0; n < count; n++) await call(page)
      collect()
      return process.memoryUsage().heapUsed
    }
    const before = await times(CALLS)
    const after = await times(CALLS)
    expect((after - before) / CALLS).toBeLessThan(NOISE_BYTES)
  })
})
