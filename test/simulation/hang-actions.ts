import { type Action, running } from './actions.ts'

const SECOND = 1_000

/** What happens where nobody can tell a page that hangs from one that is gone. */
export function withHangs(actions: readonly Action[]): readonly Action[] {
  return [
    ...actions,
    {
      weight: 5,
      run(turn) {
        const free = running(turn).filter(({ isBusy }) => !isBusy)
        const first = free.filter(({ manager }) => manager.getDiagnostics().isLeader)
        const page = turn.dice.pick(first.length > 0 && turn.dice.chance(0.7) ? first : free)
        page?.hang(turn.dice.pick([2 * SECOND, 8 * SECOND, 20 * SECOND]) ?? SECOND)
        return page && `hangs (page ${page.id})`
      },
    },
  ]
}
