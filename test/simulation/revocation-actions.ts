import { type Action, running, signOut } from './actions.ts'
import type { RevocationWitness } from './revocation-witness.ts'

/** What happens where the endpoint may not hear of sign-outs. */
export function withDeafness(actions: readonly Action[], witness: RevocationWitness): readonly Action[] {
  return [
    ...actions,
    { weight: 4, run: witness.turnDeaf },
    { weight: 4, run: signOut },
    {
      weight: 3,
      async run(turn) {
        const { dice, world } = turn
        const first = dice.pick(running(turn))
        const second = dice.pick(running(turn).filter((page) => page !== first))
        // With cookies only the one that came last is left to revoke anything with.
        if (!first || !second || turn.inCookie || !world.machine.online) return undefined
        await witness.begins(first)
        for (const page of [first, second]) turn.witness.owner.set(page, 'amara')
        await witness.signInTwice(first, second)
        return `two sign in at once (pages ${first.id} and ${second.id})`
      },
    },
  ]
}
