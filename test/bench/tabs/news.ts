import { setTimeout as delay } from 'node:timers/promises'
import { type Figure, median } from '../reading.ts'
import { type Crowd, gather, inEach, signIn, UNSPREAD, until } from './crowd.ts'
import { setClock } from './wall-clock.ts'

declare global {
  /** When the newest refresh was answered, as the page that had asked for it read the answer. */
  var answeredAt: number
  /** Something between the pages that is not the manager's. */
  var bare: BroadcastChannel
  /** When this page had what it was told. */
  var heardAt: number | undefined
}

const SIZE = 20
const ROUNDS = 5
/** Each piece of news meets tabs that have done nothing for so long: being asked wakes them, as does a refresh that starts. */
const IDLE_MS = 300

/** Notes when the answer of the refresh endpoint is there, to its end. */
function noteAnswers(): void {
  const network = globalThis.fetch.bind(globalThis)
  globalThis.fetch = async (...args) => {
    const answer = await network(...args)
    if (!answer.url.endsWith('/auth/refresh')) return answer
    const body = await answer.arrayBuffer()
    globalThis.answeredAt = globalThis.wallNow()
    return new Response(body, answer)
  }
}

function listenForToken(): void {
  globalThis.heardAt = undefined
  const { generation } = app.tokens.getSnapshot()
  const stop = app.tokens.subscribe(() => {
    if (app.tokens.getSnapshot().generation === generation || app.tokens.peekAccessToken() === undefined) return
    globalThis.heardAt = globalThis.wallNow()
    stop()
  })
}

function listenForSignOut(): void {
  globalThis.heardAt = undefined
  const stop = app.tokens.subscribe(() => {
    if (app.tokens.getSnapshot().status !== 'signed-out') return
    globalThis.heardAt = globalThis.wallNow()
    stop()
  })
}

function listenForMessage(): void {
  globalThis.heardAt = undefined
  globalThis.bare ??= new BroadcastChannel('bare')
  globalThis.bare.onmessage = () => {
    globalThis.heardAt = globalThis.wallNow()
  }
}

async function heardBy(tabs: Crowd['tabs']): Promise<number[]> {
  // To be asked takes a tab as long as to hear, and there is one core for ten of them.
  await delay(IDLE_MS)
  let heard: Array<number | null> = []
  await until('every tab has heard', async () => {
    heard = await inEach(tabs, () => globalThis.heardAt ?? null)
    return !heard.includes(null)
  })
  return heard.map(Number)
}

interface Took {
  message: number[]
  token: number[]
  signOut: number[]
}

async function tell({ tabs, origin }: Crowd): Promise<Took> {
  const [teller, ...others] = tabs
  if (teller === undefined) throw new Error('There is no tab.')
  const took: Took = { message: [], token: [], signOut: [] }
  origin.qa.setFault({ endpoint: 'refresh', kind: 'latency', ms: IDLE_MS })
  // The first rounds compile.
  for (let round = -1; round <= ROUNDS; round++) {
    for (const tab of tabs) await setClock(tab)
    const since = async (toldAt: number) => (await heardBy(others)).map((at) => at - toldAt)
    await signIn(tabs, teller)
    await inEach(tabs, listenForMessage)
    await delay(IDLE_MS)
    const message = await since(
      await teller.evaluate(() => {
        const at = globalThis.wallNow()
        globalThis.bare.postMessage(app.tokens.getSnapshot())
        return at
      }),
    )
    await inEach(others, listenForToken)
    const token = await since(
      await teller.evaluate(async () => {
        await app.tokens.refreshAccessToken()
        return globalThis.answeredAt
      }),
    )
    await inEach(others, listenForSignOut)
    await delay(IDLE_MS)
    const signOut = await since(
      await teller.evaluate(() => {
        const at = globalThis.wallNow()
        void app.tokens.signOut()
        return at
      }),
    )
    if (round <= 0) continue
    took.message.push(...message)
    took.token.push(...token)
    took.signOut.push(...signOut)
  }
  return took
}

/** How soon 19 other tabs, hidden ones, have a new token, and are signed out. */
export const news: Figure = (stage) =>
  gather(stage, { size: SIZE, manager: UNSPREAD, prepare: noteAnswers }, async (crowd) => {
    const took = await tell(crowd)
    return [
      { name: `A new token in ${SIZE - 1} other tabs, p50`, unit: 'ms', value: median(took.token), target: 5 },
      { name: '  the last of them', unit: 'ms', value: Math.max(...took.token), target: 50, judged: 'worst' },
      { name: `A sign-out in ${SIZE - 1} other tabs, p50`, unit: 'ms', value: median(took.signOut), target: 5 },
      { name: '  the last of those', unit: 'ms', value: Math.max(...took.signOut), target: 50, judged: 'worst' },
      { name: '  a bare channel message, the floor, p50', unit: 'ms', value: median(took.message) },
      { name: '  the last of the bare ones', unit: 'ms', value: Math.max(...took.message) },
    ]
  })
