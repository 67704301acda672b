import { type Action, running, signIn, type Turn } from './actions.ts'

/** Two pages of one moment, each with a user of its own or both with the same. */
async function signInTwice(turn: Turn): Promise<string | undefined> {
  const { dice, world } = turn
  const free = running(turn).filter(({ isBusy }) => !isBusy)
  const first = dice.pick(free)
  const second = dice.pick(free.filter((page) => page !== first))
  if (!first || !second || !world.machine.online) return undefined
  const users = dice.chance(0.5) ? ['amara', 'ben'] : ['amara', 'amara']
  const signIns = [signIn(turn, first, users[0] ?? 'amara')]
  // Nobody can tell whose cookie came last where no token says whose it is and both came in one millisecond.
  const isBlind = turn.inCookie && world.isAnonymous && users[0] !== users[1]
  const betweenMs = dice.pick(isBlind ? [1, 10, 100] : [0, 1, 10, 100]) ?? 0
  if (betweenMs > 0) await world.run(betweenMs)
  if (running(turn).includes(second)) signIns.push(signIn(turn, second, users[1] ?? 'amara'))
  await Promise.all(signIns)
  return `two sign in (pages ${first.id} and ${second.id}, ${users.join(' and ')}, ${betweenMs} ms apart)`
}

/** The app, or a person with the browser's tools. */
function clear(turn: Turn): string | undefined {
  const page = turn.dice.pick(running(turn))
  if (!page) return undefined
  if (turn.inStorage?.kept) turn.witness.cleared.add(turn.inStorage.kept.sid)
  void turn.inStorage?.clear()
  turn.world.machine.storage.clear(page.id)
  return `storage is cleared (page ${page.id})`
}

/** What happens where people test the limits of the app. */
export function withMishaps(actions: readonly Action[]): readonly Action[] {
  return [...actions, { weight: 3, run: signInTwice }, { weight: 2, run: clear }]
}
