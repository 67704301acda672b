import { parseTabMessage, type TabMessage } from '../codec/tab-message.ts'
import type { Clock, Lock, Random, RefreshTransport, Tabs } from '../ports.ts'
import type { Happening } from '../session/actions.ts'
import { fromStored, toStored } from '../session/instants.ts'
import { joinLedgers, joinSessions } from '../session/merge.ts'
import type { Ledger, Session } from '../types.ts'

/** More are not counted: their names come from messages, and must not fill the memory. */
const MOST_TABS = 1_000

export interface Known {
  ledger?: Ledger | undefined
  session?: Session | undefined
}

export interface TabSyncDependencies {
  clock: Clock
  random: Random
  lock: Lock
  tabs: Tabs
  namespace: string
  tab: string
  transport: RefreshTransport
  state(): Known
  /** This tab is frozen. */
  isAsleep(): boolean
  dispatch(happening: Happening): void
  /** Another tab needs a token, may not refresh itself, and knows as much as this one. */
  onNeed(): void
  sleep(ms: number, signal: AbortSignal): Promise<unknown>
}

/** Keeps this tab's replica and those of the other tabs alike. */
export interface TabSync {
  /** Takes part: from now on this tab hears, answers, and is counted. */
  join(): void
  /** Leaves, so that the page may be cached or closed. */
  leave(): void
  /** Tells the other tabs; the tokens only where they are new. */
  publish(withSession: boolean): void
  /**
   * Asks all live tabs what they know; settles when all have answered, when `enough` says so, or after `waitMs`
   * (`uncountedMs` where nobody can tell how many there are), with those tabs that are awake.
   */
  ask(waitMs: number, enough?: () => boolean, uncountedMs?: number): Promise<ReadonlySet<string>>
  /** Asks the leader for a refresh. */
  need(): void
  /** Live tabs that this one has heard of, itself included; and messages that no tab of this version would send. */
  diagnostics(): { tabs: number; droppedMessages: number }
}

/** Is told of each message; with `from` it is an answer. */
type OnNews = (from: string | undefined, isAwake: boolean) => void

export function createTabSync(dependencies: TabSyncDependencies): TabSync {
  const { clock, random, lock, tabs, namespace, tab, transport } = dependencies
  const presence = `${namespace}:presence`
  const questions = new Map<string, OnNews>()
  let others = new Set<string>()
  let presenceEnds: (() => void) | undefined
  const open = new Set<AbortController>()
  let stopListening: (() => void) | undefined
  let dropped = 0

  function post(type: TabMessage['type'], { ledger, session }: Known = {}, question?: string): void {
    const message: TabMessage = {
      v: 1,
      type,
      from: tab,
      ...(question !== undefined && { question, asleep: dependencies.isAsleep() }),
      ...(ledger && { ledger: toStored(ledger, clock) }),
      ...(session && { session: toStored(shareable(session), clock) }),
    }
    tabs.post(message)
  }

  /** Refresh tokens in a cookie never cross the channel. */
  function shareable({ refreshToken, ...session }: Session): Session {
    return refreshToken === undefined || transport.refreshTokenIn === 'cookie' ? session : { ...session, refreshToken }
  }

  function toldBy({ ledger, session }: TabMessage): Known {
    return {
      ledger: ledger && fromStored(ledger, clock, dependencies.state().ledger),
      session: session && shareable(fromStored(session, clock)),
    }
  }

  function learn(message: TabMessage): void {
    if (message.ledger || message.session) dependencies.dispatch({ type: 'learned', from: 'peer', ...toldBy(message) })
  }

  /** What who asks does not know. All tabs hear an answer: it is short where there is nothing new. */
  function newsFor(asker: TabMessage): Known {
    const theirs = toldBy(asker)
    const { ledger, session } = dependencies.state()
    return {
      ledger: joinLedgers(theirs.ledger, ledger) === theirs.ledger ? undefined : ledger,
      session: joinSessions(theirs.session, session) === theirs.session ? undefined : session,
    }
  }

  /** What has been done already is not done again: the news may only be on its way. */
  function serve(news: Known): void {
    if (news.session) post('state', news)
    else dependencies.onNeed()
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
    learn(message)
    if (type === 'need') serve(newsFor(message))
    if (type === 'ask') post('answer', newsFor(message), question)
    for (const [id, hear] of questions) hear(type === 'answer' && id === question ? from : undefined, !asleep)
  }

  /** How many other tabs are alive; undefined where the browser can not tell. */
  async function countOthers(): Promise<number | undefined> {
    const present = await lock.count(presence)
    // Its own may still be on its way to the browser's lock manager.
    return present === undefined ? undefined : Math.max(0, present - (presenceEnds ? 1 : 0))
  }

  return {
    join() {
      if (stopListening) return
      stopListening = tabs.listen(onMessage)
      const stay = new Promise<void>((resolve) => {
        presenceEnds = resolve
      })
      lock.request(presence, { mode: 'shared' }, () => stay).catch(() => {})
    },

    leave() {
      if (!stopListening) return
      post('bye')
      presenceEnds?.()
      presenceEnds = undefined
      stopListening()
      stopListening = undefined
      others.clear()
      for (const question of open) question.abort()
    },

    publish(withSession) {
      const { ledger, session } = dependencies.state()
      post('state', withSession ? { ledger, session } : { ledger })
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
        post('ask', dependencies.state(), id)
        await dependencies.sleep(expected === undefined ? uncountedMs : waitMs, done.signal)
        questions.delete(id)
        open.delete(done)
      }
      others = answered
      return awake
    },

    need: () => post('need', dependencies.state()),
    diagnostics: () => ({ tabs: others.size + 1, droppedMessages: dropped }),
  }
}
