import type { SessionEvent, StoredSession } from '../../packages/sdk/src/types.ts'
import type { Violation } from './violation.ts'
import type { Page } from './world/page.ts'
import type { SlowStore } from './world/slow-store.ts'
import type { World } from './world/world.ts'

/** Within this a page that runs stores what another page died over. */
const MADE_UP_MS = 5_000

const HAVING: readonly SessionEvent['type'][] = ['signed-in', 'refreshed', 'restored', 'adopted']
const ENDING: readonly SessionEvent['type'][] = ['signed-out', 'identity-changed']

export interface StoreWitnessParts {
  world: World
  store: SlowStore
  judge(violation: Violation): void
}

/** I2: the tokens of a page that died as it stored them are stored by those that have them, before all pages are closed. */
export function createStoreWitness({ world, store, judge }: StoreWitnessParts) {
  /** Which generation of which session a page has. */
  const having = new Map<Page, { sid: string | undefined; generation: number | undefined }>()
  /** Sessions of which a generation may be nowhere. */
  const lost = new Set<string>()

  const runs = ({ life, isBusy }: Page) => (life === 'live' || life === 'hidden') && !isBusy

  function has(page: Page, { sid, generation }: StoredSession): boolean {
    const own = having.get(page)
    return own?.sid === sid && (own.generation ?? 0) >= generation
  }

  store.onLost = (record) => {
    const lostAt = world.timeline.now
    lost.add(record.sid)
    const heirs = world.pages.filter((page) => runs(page) && has(page, record))
    world.timeline.after(MADE_UP_MS, () => {
      const heir = heirs.find((page) => runs(page) && has(page, record) && page.runningSince <= lostAt)
      const { kept, clearedAt } = store
      const isStored = kept?.sid === record.sid ? kept.generation >= record.generation : clearedAt > lostAt
      if (!heir || isStored || (kept?.epoch ?? 0) > record.epoch) return
      judge({ invariant: 'I2', what: `page ${heir.id} has generation ${record.generation}, and nobody stores it` })
    })
  }

  return {
    hear(page: Page, { type, sid, generation }: SessionEvent): void {
      if (ENDING.includes(type)) having.delete(page)
      else if (HAVING.includes(type)) having.set(page, { sid, generation })
    },
    /** The newest generation may be in no store and no page. */
    mayBeLost: (sid: string) => lost.has(sid),
  }
}
