import { digestOf } from '../../packages/sdk/src/session/logins.ts'
import { type Action, running, type Turn } from './actions.ts'
import type { Page } from './world/page.ts'

const MAX_PAGES = 6
/** As many as the ledger remembers. */
const MOST_LOGINS = 12

const isSignedOut = ({ getSnapshot }: Page['manager']) => /signed-out|identity-changed/.test(getSnapshot().status)

/** What happens where the server's own pages sign in, and set the refresh cookie. */
export function withServerLogins(actions: readonly Action[]): readonly Action[] {
  const logins: string[] = []

  /** Opens a page that says of which login it is. */
  function land(turn: Turn, login: string): Page {
    const page = turn.open()
    page.manager.sessionStarted(login).catch(() => {})
    return page
  }
  const isFull = ({ world }: Turn) => world.pages.filter(({ life }) => life !== 'gone').length >= MAX_PAGES

  return [
    ...actions,
    {
      weight: 4,
      async run(turn) {
        const { world, witness, limits, revocations } = turn
        // What leads to the login page says so.
        const [leading] = running(turn).filter(({ isBusy }) => !isBusy)
        if (leading) await revocations?.begins(leading)
        // A refresh of the session before would cross the new cookie: sites show their login after a sign-out.
        const isFree = world.network.underWay === 0 && running(turn).every(({ manager }) => isSignedOut(manager))
        if (isFull(turn) || !world.machine.online || !isFree) return undefined
        const user = turn.dice.chance(0.7) ? 'amara' : 'ben'
        const login = world.serverSignsIn(user)
        logins.push(login)
        limits?.signsIn(world.server.familyOf(world.machine.cookie.value) ?? 0)
        limits?.begins(`login-${digestOf(login)}`)
        const page = land(turn, login)
        witness.owner.set(page, user)
        witness.unseen.add(page)
        return `the server signs in ${user} (page ${page.id})`
      },
    },
    {
      weight: 3,
      run(turn) {
        const login = turn.dice.pick(logins.slice(-MOST_LOGINS))
        if (isFull(turn) || login === undefined) return undefined
        return `loads the page of an earlier login (page ${land(turn, login).id})`
      },
    },
  ]
}
