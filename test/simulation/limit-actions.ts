import { ACTIONS, type Action } from './actions.ts'
import type { LimitWitness } from './limit-witness.ts'
import type { Page } from './world/page.ts'

type Seen = Pick<Page, 'manager' | 'act'>

/** The user does something in a page that can be seen. */
function used(what: string, witness: LimitWitness, use: (page: Seen) => void): Action['run'] {
  return ({ world, dice }) => {
    const page = dice.pick(world.pages.filter(({ life, isBusy }) => life === 'live' && !isBusy))
    if (!page) return undefined
    witness.acts(page)
    use(page)
    return `${what} (page ${page.id})`
  }
}

/** What happens in a browser whose sessions have limits. */
export function withLimits(witness: LimitWitness): readonly Action[] {
  return [
    ...ACTIONS,
    { weight: 12, run: used('activity', witness, (page) => page.act()) },
    { weight: 2, run: used('extends', witness, (page) => page.manager.extendSession()) },
  ]
}
