import { setTimeout as delay } from 'node:timers/promises'
import type { Figure } from '../reading.ts'
import { gather, inEach, signIn, UNSPREAD } from './crowd.ts'

declare global {
  /** What the page has done by itself since it was loaded. */
  var doings: () => { messages: number; timersSet: number; timersPending: number }
}

const SIZE = 5
/** What follows a sign-in, or a refresh, is over by then. */
const SETTLE_MS = 4_000
const REST_MS = 5_000

/** Counts timers and messages from before the first script on. */
function countDoings(): void {
  const pending = new Set<unknown>()
  let messages = 0
  let timersSet = 0
  const { setTimeout: set, clearTimeout: clear, setInterval: repeat } = globalThis
  const post = BroadcastChannel.prototype.postMessage

  BroadcastChannel.prototype.postMessage = function (message: unknown) {
    messages += 1
    post.call(this, message)
  }
  function setTimer(callback: (...args: unknown[]) => void, delayMs?: number, ...args: unknown[]) {
    const fire = () => {
      pending.delete(timer)
      callback(...args)
    }
    const timer = set(fire, delayMs)
    pending.add(timer)
    timersSet += 1
    return timer
  }
  function setRepeating(callback: (...args: unknown[]) => void, delayMs?: number, ...args: unknown[]) {
    const timer = repeat(callback, delayMs, ...args)
    pending.add(timer)
    timersSet += 1
    return timer
  }
  function clearTimer(timer?: number) {
    pending.delete(timer)
    clear(timer)
  }
  Object.assign(globalThis, {
    setTimeout: setTimer,
    setInterval: setRepeating,
    clearTimeout: clearTimer,
    clearInterval: clearTimer,
    doings: () => ({ messages, timersSet, timersPending: pending.size }),
  })
}

/** What a tab with a session costs while nobody does anything. */
export const rest: Figure = (stage) =>
  gather(stage, { size: SIZE, manager: UNSPREAD, prepare: countDoings }, async ({ tabs, origin }) => {
    const [first] = tabs
    if (first === undefined) throw new Error('There is no tab.')
    await signIn(tabs, first)
    await delay(SETTLE_MS)
    const before = await inEach(tabs, () => globalThis.doings())
    const requestsBefore = origin.seen.length
    await delay(REST_MS)
    const after = await inEach(tabs, () => globalThis.doings())
    if (after.some(({ timersPending }) => timersPending === 0)) throw new Error('The timers are not counted.')
    const during = (what: 'messages' | 'timersSet') =>
      after.reduce((sum, doings, n) => sum + doings[what] - (before[n]?.[what] ?? 0), 0)
    if (before.some(({ messages }) => messages === 0)) throw new Error('The messages are not counted.')
    return [
      {
        name: 'A tab at rest, one of five: timers',
        unit: '',
        value: Math.max(...after.map(({ timersPending }) => timersPending)),
        target: 1,
        judged: 'worst',
      },
      { name: '  timers set in 5 s, all tabs', unit: '', value: during('timersSet'), target: 0, judged: 'worst' },
      { name: '  channel messages in 5 s, all tabs', unit: '', value: during('messages'), target: 0, judged: 'worst' },
      {
        name: '  requests in 5 s, all tabs',
        unit: '',
        value: origin.seen.length - requestsBefore,
        target: 0,
        judged: 'worst',
      },
    ]
  })
