import { parseTabMessage, type TabMessage } from '../codec/tab-message.ts'
import type { RuntimeOptions } from '../options.ts'
import type { Ports } from '../ports.ts'
import { fromStored, toStored } from '../session/instants.ts'
import { isBlocked } from '../session/limits.ts'
import { joinLedgers, joinSessions } from '../session/merge.ts'
import type { Ledger, Session } from '../types.ts'
import type { Events } from './events.ts'
import { createLeadership, type Leadership } from './leadership.ts'
import type { Page } from './page.ts'
import type { Store } from './session-store.ts'
import { sleep, type Timer } from './timer.ts'

/** More are not counted: their names come from messages, and must not fill the memory. */
const MOST_TABS = 1_000

interface Known {
  ledger?: Ledger | undefined
  session?: Session | undefined
}

/** Keeps this tab's replica and those of the other tabs alike. */
export interface CrossTab {
  /** Takes part: from now on this tab hears, answers, and is counted. */
  join(): void
  /** Leaves, so that the page may be cached or closed. */
  leave(): void
  /**
   * Asks all live tabs what they know; settles when all have answered, when `enough` says so, or after `waitMs`
   * (`uncountedMs` where nobody can tell how many there are), with those tabs that are awake.
   */
  ask(waitMs: number, enough?: () => boolean, uncountedMs?: number): Promise<ReadonlySet<string>>
  /** Asks the leader for a refresh. */
  requestRefresh(): void
  /** Another tab needs a token, may not refresh itself, and knows as much as this one, which leads. */
  onRefreshRequested(listener: () => void): void
  /** Live tabs that this one has heard of, itself included; and messages that no tab of this version would send. */
  diagnostics(): { isLeader: boolean; tabs: number; droppedMessages: number }
  readonly leadership: Pick<Leadership, 'isLeader' | 'isFirst' | 'rejoinElection'>
}

/** Is told of each message; with `from` it is an answer. */
type OnMessage = (from: string | undefined, isAwake: boolean) => void

export interface CrossTabParts {
  page: Pick<Page, 'isInactive' | 'receive'>
  timer: Pick<Timer, 'update'>
  store: Pick<Store, 'state' | 'dispatch' | 'onEffect'>
  events: Pick<Events, 'emit'>
}

export function createCrossTab(
  ports: Pick<Ports, 'clock' | 'random' | 'lock' | 'tabs'>,
  options: Pick<RuntimeOptions, 'namespace' | 'tab' | 'transport' | 'policy'>,
  { page, timer, store, events }: CrossTabParts,
): CrossTab {
  const { clock, random, lock, tabs } = ports
  const { namespace, tab, transport } = options
  const leadership = createLeadership(ports, options, { events, timer })
  const presence = `${namespace}:presence`
  const questions = new Map<string, OnMessage>()
  let others = new Set<string>()
  let presenceEnds: (() => void) | undefined
  const open = new Set<AbortController>()
  let stopListening: (() => void) | undefined
  let dropped = 0
  let onRefreshRequested = () => {}

  /** A session that may be over is not handed on. */
  function known(): Known {
    const { ledger, session } = store.state
    return isBlocked(store.state, options, clock.now()) ? { ledger } : { ledger, session }
  }

  function post(type: TabMessage['type'], { ledger, session }: Known = {}, question?: string): void {
    const message: TabMessage = {
      v: 1,
      type,
      from: tab,
      ...(question !== undefined && { question, asleep: page.isInactive() }),
      ...(ledger && { ledger: toStored(ledger, clock) }),
      ...(session && { session: toStored(shareable(session), clock) }),
    }
    tabs.post(message)
  }

  /** Refresh tokens in a cookie never cross the channel. */
  function shareable({ refreshToken, ...session }: Session): Session {
    return refreshToken === undefined || transport.refreshTokenIn === 'cookie' ? session : { ...session, refreshToken }
  }

  function receivedFrom({ ledger, session }: TabMessage): Known {
    return {
      ledger: ledger && fromStored(ledger, clock, store.state.ledger),
      session: session && shareable(fromStored(session, clock)),
    }
  }

  function mergeFrom(message: TabMessage): void {
    if (message.ledger || message.session)
      store.dispatch({ type: 'remote-state', from: 'peer', ...receivedFrom(message) })
  }

  /** What who asks does not know. All tabs hear an answer: it is short where there is nothing new. */
  function unknownTo(asker: TabMessage): Known {
    const theirs = receivedFrom(asker)
    const { ledger, session } = known()
    return {
      ledger: joinLedgers(theirs.ledger, ledger) === theirs.ledger ? undefined : ledger,
      session: joinSessions(theirs.session, session) === theirs.session ? undefined : session,
    }
  }

  /** What has been done already is not done again: the news may only be on its way. */
  function serve(missing: Known): void {
    if (missing.session) post('state', missing)
    else if (tabs.elect && leadership.isLeader) onRefreshRequested()
  }

  function onMessage(raw: unknown): void {
    const message = parseTabMessage(raw, clock.wallNow())
    if (!message) {
      dropped++
      return
    }
    const { type, from, question, asleep } = message
    if (type === 'bye') others.delete(from)
    else if (others.size < MOST_TABS) others.add(from)
    mergeFrom(message)
    if (type === 'need') serve(unknownTo(message))
    if (type === 'ask') post('answer', unknownTo(message), question)
    for (const [id, receive] of questions) receive(type === 'answer' && id === question ? from : undefined, !asleep)
  }

  /** How many other tabs are alive; undefined where the browser can not tell. */
  async function countOthers(): Promise<number | undefined> {
    const present = await lock.count(presence)
    // Its own may still be on its way to the browser's lock manager.
    return present === undefined ? undefined : Math.max(0, present - (presenceEnds ? 1 : 0))
  }

  store.onEffect('publish', ({ tokens }) => {
    const { ledger, session } = known()
    post('state', tokens ? { ledger, session } : { ledger })
  })

  function enter(): void {
    if (stopListening) return
    stopListening = tabs.listen((message) => page.receive(() => onMessage(message)))
    const stay = new Promise<void>((resolve) => {
      presenceEnds = resolve
    })
    lock.request(presence, { mode: 'shared' }, () => stay).catch(() => {})
  }

  function exit(): void {
    if (!stopListening) return
    post('bye')
    presenceEnds?.()
    presenceEnds = undefined
    stopListening()
    stopListening = undefined
    others.clear()
    for (const question of open) question.abort()
  }

  return {
    join() {
      enter()
      leadership.join()
    },
    leave() {
      exit()
      leadership.leave()
    },

    async ask(waitMs, enough = () => false, uncountedMs = waitMs) {
      const awake = new Set<string>()
      const answered = new Set<string>()
      const expected = await countOthers()
      if (expected !== 0 && stopListening) {
        const done = new AbortController()
        open.add(done)
        const id = random.id()
        questions.set(id, (from, isAwake) => {
          if (from !== undefined) answered.add(from)
          if (from !== undefined && isAwake) awake.add(from)
          if (enough() || (expected !== undefined && answered.size >= expected)) done.abort()
        })
        post('ask', known(), id)
        await sleep(clock, expected === undefined ? uncountedMs : waitMs, done.signal)
        questions.delete(id)
        open.delete(done)
      }
      others = answered
      return awake
    },

    requestRefresh: () => post('need', known()),
    onRefreshRequested(listener) {
      onRefreshRequested = listener
    },
    diagnostics: () => ({ isLeader: leadership.isLeader, tabs: others.size + 1, droppedMessages: dropped }),
    leadership,
  }
}
