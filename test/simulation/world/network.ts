import type { Machine } from './machine.ts'
import type { RefreshSeen, SimServer, Tokens } from './server.ts'
import type { Dice, Timeline } from './timeline.ts'

/** What goes wrong with one call of the refresh endpoint. */
export type Fault =
  | 'none'
  | '503'
  | '429'
  | 'html'
  /** A proxy's 401 without a body. */
  | 'empty'
  /** The connection dies before the server has read the request. */
  | 'reset-before'
  /** The server rotates, and its answer is lost. */
  | 'reset-after'
  /** The answer begins and never ends. */
  | 'stall'

export interface Conditions {
  latencyMs: number
  /** By how much one way differs from another, as a share. */
  jitterRatio: number
  /** The next faults of the refresh endpoint, one per call; 'none' after that. */
  faults: Fault[]
  retryAfterMs: number
  /** The endpoint answers nothing but 503. */
  down: boolean
  /** So does the one that is told of sign-outs. */
  isLogoutDown: boolean
  /** The server rotates only if the client is still there to hear of it. */
  commitsOnlyForLiveClient: boolean
  /** An address that answers 401 whatever the token. */
  refusing?: string
}

export type Answer =
  | { kind: 'tokens'; tokens: Tokens }
  | { kind: 'rejected'; error: string }
  | { kind: 'status'; status: number; retryAfterMs?: number }
  | { kind: 'html' }
  | { kind: 'network' }

export interface RefreshCall {
  inCookie: boolean
  refreshToken: string | undefined
  key: string
  /** The request outlives its page. */
  keepalive: boolean
  isPageAlive(): boolean
  /** @param onHeard called when the page gets to it */
  settle(answer: Answer, onHeard?: () => void): void
}

export interface RevokeCall {
  page: number
  inCookie: boolean
  refreshToken: string | undefined
  /** What the request says of whose session it means. */
  accessToken: string | undefined
  sessionId: string | undefined
  /** The browser drops the answer of a request that was aborted, cookies and all. */
  signal: AbortSignal
  /** `other`: the cookie is that of another session. */
  settle(outcome: boolean | 'other'): void
}

export interface ApiCall {
  url: string
  token: string | undefined
  settle(status: number): void
  fail(): void
}

export interface Network {
  /** Refreshes and revocations whose answers have not come. */
  readonly underWay: number
  /** How many sign-outs the page could not tell the endpoint of, and will tell it of again. */
  owedBy(page: number): number
  conditions: Conditions
  /** The refresh token that a call would carry: the browser puts a cookie on as the request leaves. */
  tokenOf(call: Pick<RefreshCall, 'inCookie' | 'refreshToken'>): string | undefined
  refresh(call: RefreshCall): void
  revoke(call: RevokeCall): void
  api(call: ApiCall): void
}

const OVERTAKES_MS = 500
/** An attempt is over after a minute, and took some of it to arrive. */
const GIVEN_UP_MS = 45_000

export interface NetworkParts {
  timeline: Timeline
  dice: Dice
  machine: Machine
  server: SimServer
}

export function createNetwork({ timeline, dice, machine, server }: NetworkParts): Network {
  const conditions: Conditions = {
    latencyMs: 40,
    jitterRatio: 0.5,
    faults: [],
    retryAfterMs: 30_000,
    down: false,
    isLogoutDown: false,
    commitsOnlyForLiveClient: false,
  }
  let underWay = 0
  /** The refresh tokens of failed revocations, by the page that tells of them. */
  const owed = new Map<number, Set<string>>()
  const uplink = createLine()
  const downlink = createLine()
  /** What is sent may overtake what was sent before, but not by much: it shares a line. */
  function createLine(): () => number {
    let lastArrivalAt = 0
    return () => {
      lastArrivalAt = Math.max(timeline.now + oneWay(), lastArrivalAt - OVERTAKES_MS)
      return lastArrivalAt - timeline.now
    }
  }
  const oneWay = () => (conditions.latencyMs / 2) * (1 + (dice.next() - 0.5) * conditions.jitterRatio)

  const isReachable = () => machine.online && !machine.isCut
  const tokenOf: Network['tokenOf'] = ({ inCookie, refreshToken }) => (inCookie ? machine.cookie.value : refreshToken)

  /** Without locks others can not tell that a page which hangs will hear its answer in the end. */
  const isGivenUp = ({ at }: RefreshSeen) => machine.unlocked !== undefined && timeline.now - at > GIVEN_UP_MS

  interface Served {
    answer: Answer | undefined
    seen?: RefreshSeen | undefined
  }

  /** What the server does with the call, and what comes back. */
  function serve(call: RefreshCall, token: string | undefined, fault: Fault): Served {
    if (conditions.down || fault === '503') return { answer: { kind: 'status', status: 503 } }
    if (fault === '429') return { answer: { kind: 'status', status: 429, retryAfterMs: conditions.retryAfterMs } }
    if (fault === 'empty') return { answer: { kind: 'status', status: 401 } }
    if (fault === 'html') return { answer: { kind: 'html' } }
    const live = call.keepalive || call.isPageAlive()
    if (!live && conditions.commitsOnlyForLiveClient) return { answer: undefined }
    const verdict = server.refresh(token ?? '', call.key)
    const seen = server.seen.refreshes.at(-1)
    if (seen) seen.isAwaited = () => (call.keepalive || call.isPageAlive()) && !isGivenUp(seen)
    if (verdict.kind === 'tokens' && (fault === 'reset-after' || fault === 'stall')) {
      if (seen) seen.answer = 'lost'
      return { answer: fault === 'stall' ? undefined : { kind: 'network' } }
    }
    return { answer: verdict, seen }
  }

  /** The connection of a page that died may be gone before the server has read from it. */
  function isDropped(call: RefreshCall): boolean {
    return !call.keepalive && !call.isPageAlive() && dice.chance(0.5)
  }

  /** The answer has come to the browser. */
  function deliver(call: RefreshCall, { answer, seen }: Served): void {
    if (!answer) return
    underWay--
    const onHeard = () => {
      if (seen) seen.answer = isGivenUp(seen) ? 'lost' : 'delivered'
    }
    // The browser stores the cookie as the headers arrive, whoever waits for the body.
    if (answer.kind === 'tokens' || answer.kind === 'rejected') machine.marker.value++
    if (answer.kind === 'tokens' && call.inCookie) {
      machine.cookie.value = answer.tokens.refreshToken
      onHeard()
    }
    if (seen && !call.keepalive && !call.isPageAlive()) seen.answer = 'lost'
    call.settle(answer, onHeard)
  }

  return {
    conditions,
    get underWay() {
      return underWay
    },
    owedBy: (page) => owed.get(page)?.size ?? 0,
    tokenOf,
    refresh(call) {
      const fault = conditions.faults.shift() ?? 'none'
      underWay++
      const fail = (delayMs: number) => {
        underWay--
        timeline.after(delayMs, () => call.settle({ kind: 'network' }))
      }
      if (!isReachable()) return void fail(1)
      const token = tokenOf(call)
      timeline.after(uplink(), () => {
        if (!isReachable() || fault === 'reset-before') return void fail(1)
        const served: Served = isDropped(call) ? { answer: undefined } : serve(call, token, fault)
        if (!served.answer) {
          underWay--
          return
        }
        timeline.after(downlink(), () => {
          if (isReachable()) return deliver(call, served)
          if (served.seen) served.seen.answer = 'lost'
          fail(1)
        })
      })
    },
    revoke({ page, inCookie, refreshToken = '', accessToken, sessionId, signal, settle: onSettled }) {
      underWay++
      const owedHere = owed.get(page) ?? new Set()
      owed.set(page, owedHere)
      const settle = (ok: boolean | 'other') => {
        underWay--
        if (ok) owedHere.delete(refreshToken)
        else owedHere.add(refreshToken)
        onSettled(ok)
      }
      if (!isReachable()) return void timeline.after(1, () => settle(false))
      const token = tokenOf({ inCookie, refreshToken })
      timeline.after(oneWay(), () => {
        if (!isReachable()) return void timeline.after(1, () => settle(false))
        if (conditions.isLogoutDown) return void timeline.after(oneWay(), () => settle(false))
        const outcome = server.revoke(token, { sessionId, accessToken })
        timeline.after(oneWay(), () => {
          // The answer does not say whose cookie it clears.
          if (inCookie && outcome === 'told' && !signal.aborted) machine.cookie.value = undefined
          settle(outcome === 'other' ? outcome : true)
        })
      })
    },
    api({ url, token, settle, fail }) {
      if (!isReachable()) return void timeline.after(1, fail)
      timeline.after(oneWay(), () => {
        if (!isReachable()) return void timeline.after(1, fail)
        const status = url === conditions.refusing ? 401 : server.access(token).status
        timeline.after(oneWay(), () => (isReachable() ? settle(status) : fail()))
      })
    },
  }
}
