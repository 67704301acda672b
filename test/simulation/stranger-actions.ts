import { type Action, running, signIn, type Turn } from './actions.ts'

const SETTLES_MS = 2_000

/** What happens where no token says whose it is. */
export function withStrangers(actions: readonly Action[]): readonly Action[] {
  const free = (turn: Turn) => running(turn).filter(({ isBusy }) => !isBusy)
  return [
    ...actions,
    {
      weight: 3,
      async run(turn) {
        const changed = free(turn).filter(({ manager }) => manager.getSnapshot().status === 'identity-changed')
        const page = turn.dice.pick(changed)
        if (!page) return undefined
        turn.witness.owner.delete(page)
        page.manager.acknowledgeIdentity()
        // It looks whether the session is stored once the page that began it has had its turn.
        await turn.world.run(SETTLES_MS)
        return `goes on as who signed in elsewhere (page ${page.id})`
      },
    },
    {
      weight: 2,
      async run(turn) {
        const page = turn.dice.pick(free(turn).filter(({ manager }) => manager.getDiagnostics().queued > 0))
        if (!page || !turn.world.machine.online) return undefined
        await signIn(turn, page, turn.dice.pick(['amara', 'ben']) ?? 'ben')
        return `signs in while calls wait (page ${page.id})`
      },
    },
  ]
}
