import { type Figure, median } from '../reading.ts'
import type { Stage } from '../stage.ts'

const REQUESTS = 1_000
const ROUNDS = 6

declare global {
  /** The requests that left, in that order. */
  var left: string[]
  /** Lets `REQUESTS` requests wait; settles when all are answered. */
  var waitAll: () => Promise<void>
  var release: () => void
  var answered: Promise<void>
}

function recordFetches(): void {
  const { fetch } = globalThis
  globalThis.left = []
  globalThis.fetch = (input, init) => {
    // What the manager itself sends, such as the revocation of the session before, does not wait.
    if (`${input}`.includes('/fixture/ward')) globalThis.left.push(`${input}`)
    return fetch(input, init)
  }
}

function useManager(requests: number): void {
  globalThis.waitAll = async () => {
    const answers = Array.from({ length: requests }, (_, n) => app.tokens.fetch(`/fixture/ward?n=${n}`))
    for (const answer of answers) await (await answer).arrayBuffer()
  }
}

function usePromises(requests: number): void {
  globalThis.waitAll = async () => {
    const gate = new Promise<string>((resolve) => {
      globalThis.release = () => resolve('a-token')
    })
    const send = async (url: string) => {
      const token = await gate
      return fetch(url, { headers: { Authorization: `Bearer ${token}` } })
    }
    const answers = Array.from({ length: requests }, (_, n) => send(`/fixture/ward?n=${n}`))
    for (const answer of answers) await (await answer).arrayBuffer()
  }
}

interface Waited {
  bytes: number
  /** The first time. */
  firstBytes?: number
  outOfOrder: number
}

function waitedIn(stage: Stage, how: 'manager' | 'promises'): Promise<Waited> {
  return stage.play({ prepare: recordFetches }, async ({ page, origin }) => {
    await page.evaluate(how === 'manager' ? useManager : usePromises, REQUESTS)
    const rounds: Waited[] = []
    for (let round = 0; round < ROUNDS; round++) {
      const answer = origin.hold('/auth/refresh')
      await page.evaluate(async () => {
        await app.signIn({ lifetime: 'over' })
        // It refreshes by itself.
        while (!app.tokens.getSnapshot().refreshing) await new Promise((resolve) => setTimeout(resolve, 0))
        globalThis.left = []
      })
      const before = await page.heapBytes()
      await page.evaluate(() => {
        globalThis.answered = waitAll()
      })
      const bytes = (await page.heapBytes()) - before
      if (await page.evaluate(() => left.length > 0)) throw new Error('The requests did not wait.')
      answer()
      const numbers = await page.evaluate(async () => {
        globalThis.release?.()
        await answered
        return left.map((url) => Number(new URL(url, location.href).searchParams.get('n')))
      })
      if (numbers.length !== REQUESTS) throw new Error(`${numbers.length} requests left.`)
      rounds.push({ bytes, outOfOrder: numbers.filter((number, index) => number !== index).length })
    }
    // In the first round code is compiled, and the list of events grows to its length.
    const settled = rounds.slice(1)
    return {
      bytes: median(settled.map((round) => round.bytes)),
      firstBytes: rounds[0]?.bytes ?? 0,
      outOfOrder: Math.max(...settled.map((round) => round.outOfOrder)),
    }
  })
}

/** The heap of 1,000 requests that wait behind one refresh, against that of 1,000 promises that wait and then fetch. */
export const waitingHeap: Figure = async (stage) => {
  const manager = await waitedIn(stage, 'manager')
  const promises = await waitedIn(stage, 'promises')
  return [
    {
      name: '1,000 requests that wait: heap, against promises',
      unit: 'x',
      value: manager.bytes / promises.bytes,
      target: 1.15,
    },
    { name: '  of the manager', unit: 'kB', value: manager.bytes / 1_024 },
    { name: '  of promises that wait and then fetch', unit: 'kB', value: promises.bytes / 1_024 },
    { name: '  of the manager, the first time', unit: 'kB', value: (manager.firstBytes ?? 0) / 1_024, target: 620 },
    { name: '  of promises, the first time', unit: 'kB', value: (promises.firstBytes ?? 0) / 1_024 },
    { name: '  released out of order', unit: '', value: manager.outOfOrder, target: 0 },
  ]
}
