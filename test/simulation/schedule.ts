import { ACTIONS, type Context, note, pickAction } from './actions.ts'
import { calmDown } from './calm.ts'
import { createEndWitness } from './ends.ts'
import { watchForgetting } from './forgetting.ts'
import { withHangs } from './hang-actions.ts'
import { createInspector, type Witness } from './invariants.ts'
import { withLimits } from './limit-actions.ts'
import { createLimitWitness, type Limits } from './limit-witness.ts'
import { createLivenessWitness } from './liveness.ts'
import { withMishaps } from './mishap-actions.ts'
import { disagreement, isQuiet, unrest } from './quiet.ts'
import { withDeafness } from './revocation-actions.ts'
import { createRevocationWitness } from './revocation-witness.ts'
import { withServerLogins } from './server-actions.ts'
import { createStoreWitness } from './store-witness.ts'
import { withStrangers } from './stranger-actions.ts'
import type { Violation } from './violation.ts'
import type { Page } from './world/page.ts'
import { createSlowStore } from './world/slow-store.ts'
import { createDice } from './world/timeline.ts'
import { createWorld, sharedStore } from './world/world.ts'

export interface ScheduleOptions {
  seed: number
  steps: number
  /** Whether a policy limits the session; left out, in a quarter of the histories. */
  hasLimits?: boolean
  /** Whether two sign in at once and storage is cleared; left out, in a fifth of the histories without limits. */
  hasMishaps?: boolean
  /** Whether locks may fail; left out, in one of twenty histories. */
  hasLeaks?: boolean
  /** Whether the browser has Web Locks; left out, in nine of ten histories. */
  hasLocks?: boolean
  /** Looks for this one alone. */
  only?: Violation['invariant']
  /** Which steps to leave out, by their number: for shrinking a failure. */
  skip?: ReadonlySet<number>
  /** Called with what happens, line by line. */
  trace?: (line: string) => void
}

export interface ScheduleResult {
  seed: number
  violation?: Violation
  /** After which step. */
  step?: number
}

const SECOND = 1_000
const MINUTE = 60 * SECOND
const MAX_WAIT_MS = 15 * SECOND

/** One random history of a browser, and what was wrong with it. */
export async function runSchedule({
  seed,
  steps,
  hasLimits,
  hasMishaps,
  hasLeaks,
  hasLocks,
  only,
  skip,
  trace,
}: ScheduleOptions): Promise<ScheduleResult> {
  const dice = createDice(seed * 7_919 + 1)
  const drawn = (['strict', 'grace', 'replay'] as const)[dice.int(3)] ?? 'strict'
  const isLeaky = createDice(seed * 15_485_863 + 3).chance(0.05)
  const isUnlocked = !(hasLocks ?? !createDice(seed * 49_979_687 + 13).chance(0.1))
  const leakRatio = (hasLeaks ?? isLeaky) && !isUnlocked ? 0.3 : 0
  // A server that punishes what such a browser does leaves nothing to look at.
  const mode = leakRatio > 0 ? 'lenient' : drawn
  const inCookie = dice.chance(0.5)
  const shared = dice.chance(0.4) ? sharedStore() : undefined
  const storeDice = createDice(seed * 31_337 + 5)
  const writeMs = storeDice.pick([5, 50, 400]) ?? 5
  const slow =
    shared && storeDice.chance(0.5) ? createSlowStore({ dice: storeDice, writeMs, crashRatio: 0.05 }) : undefined
  const accessLifetimeMs = dice.pick([30 * SECOND, 2 * MINUTE, 15 * MINUTE]) ?? MINUTE
  const limits = limitsOf(seed, hasLimits)
  // Drawn apart, so that the other histories are what they were.
  const isAnonymous = createDice(seed * 32_452_843 + 7).chance(0.2)
  const mishaps = createDice(seed * 67_867_967 + 5)
  const isUnlucky = mishaps.chance(0.2)
  const isChaotic = !limits && (hasMishaps ?? isUnlucky)
  const isInStorage = !slow && mishaps.chance(0.5)
  // A revocation that is owed may be forgotten with the storage, too.
  const deafDice = createDice(seed * 22_801_763 + 9)
  const isDeaf = deafDice.chance(0.3) && !isChaotic
  const namedRevocation = isDeaf && inCookie && deafDice.chance(0.5)
  const isDated = createDice(seed * 49_979_687 + 13).chance(0.3)
  const world = createWorld({
    seed,
    mode,
    inCookie,
    hasLocks: !isUnlocked,
    isAnonymous,
    namedRevocation,
    isDated,
    hasMarker: inCookie && createDice(seed * 49_979_687 + 9).chance(0.5),
    accessLifetimeMs,
    options: {
      maxWaitMs: MAX_WAIT_MS,
      ...(limits && { policy: { idleTimeoutMs: limits.idleMs, sessionMaxMs: limits.sessionMs } }),
    },
    ...(shared && { store: slow?.use ?? (() => shared) }),
  })
  world.machine.locks.leakRatio = leakRatio
  world.network.conditions.commitsOnlyForLiveClient = dice.chance(0.3)
  const witness: Witness = {
    signedOut: new Map(),
    endedByUser: new Set(),
    cleared: new Set(),
    owner: new Map(),
    unseen: new Set(),
    calls: [],
    maxWaitMs: MAX_WAIT_MS,
  }
  const limitWitness = limits && createLimitWitness(world, limits)
  const revocations = isDeaf ? createRevocationWitness(world) : undefined
  const held = limitWitness ? { limits: limitWitness } : {}
  const isForgetful = !inCookie && !shared
  const storeWitness = slow && createStoreWitness({ world, store: slow, judge: (found) => judge(found) })
  const ends = createEndWitness({ world, witness, isForgetful, ...storeWitness })
  const liveness = createLivenessWitness(world)
  const inspector = createInspector({ world, witness, inCookie, liveness, ...held })
  watchForgetting(world, () => [inspector.forget(), ends.forget()])
  const context: Context = {
    world,
    witness,
    dice,
    inCookie,
    say: trace ?? (() => {}),
    ...held,
    ...(isInStorage && shared && { inStorage: shared }),
    ...(revocations && { revocations }),
  }
  const usual = limitWitness ? withLimits(limitWitness) : isChaotic ? withMishaps(ACTIONS) : ACTIONS
  const met = isAnonymous ? withStrangers(usual) : usual
  const isServerLed = inCookie && createDice(seed * 49_979_687 + 9).chance(0.3)
  const led = isServerLed ? withServerLogins(met) : met
  const hung = isUnlocked ? withHangs(led) : led
  const actions = revocations ? withDeafness(hung, revocations) : hung
  const traits = [
    mode,
    inCookie ? 'cookie' : 'body',
    slow ? 'slow store' : shared ? 'shared store' : 'memory',
    ...(isAnonymous ? ['anonymous'] : []),
    ...(isChaotic ? ['chaotic'] : []),
    ...(isDated ? ['dated'] : []),
    ...(isServerLed ? ['server logins'] : []),
    ...(isUnlocked ? ['no locks'] : []),
    ...(isDeaf ? ['deaf'] : []),
    ...(namedRevocation ? ['named'] : []),
  ]
  context.say(`seed ${seed}: ${traits.join(', ')}`)

  let violation: Violation | undefined
  let step = 0
  let told = 0
  let happenings = 0
  function judge(...found: ReadonlyArray<Violation | undefined>): void {
    violation ??= found.find((each) => each && (only === undefined || each.invariant === only))
  }
  world.timeline.onStep = () => {
    const { refreshes } = world.server.seen
    for (; told < refreshes.length; told++) {
      const { family, number, key, verdict } = refreshes[told] ?? {}
      context.say(`  ${world.timeline.now % 1e8} server: token ${family}:${number} ${verdict} (key ${key})`)
    }
    // What looks at a page has it judge: where limits hold, that is left to its own timers.
    const isTurn = ++happenings % 8 === 0
    if (isTurn) liveness.look()
    judge(...(isTurn && !limits ? inspector.afterStep() : inspector.afterEach()))
  }
  function open(): Page {
    limitWitness?.opens()
    const page = world.open()
    page.manager.onEvent((event) => {
      if (trace) context.say(`  ${world.timeline.now % 1e8} page ${page.id}: ${describe(event)}`)
      storeWitness?.hear(page, event)
      revocations?.hear(page, event)
      judge(limitWitness?.hear(page, event), ends.hear(page, event), inspector.hear(page, event))
      note(context, page)
    })
    return page
  }
  open()
  await world.run(50)
  for (step = 0; step < steps && !violation; step++) {
    const action = pickAction(actions, dice)
    const turn = createDice(seed * 104_729 + step)
    if (!action || skip?.has(step)) continue
    const name = await action.run({ ...context, dice: turn, open })
    if (name) context.say(`${step}. ${name}`)
    liveness.look()
    judge(...inspector.afterStep())
    await world.run(turn.pick([0, 5, 50, 300, 2_000, 20_000]) ?? 0)
    // What looks at a page has it judge: where limits hold, that is left to its own timers.
    if (!limits && isQuiet(world)) judge(disagreement(world, isForgetful || slow !== undefined), unrest(world))
  }
  if (!violation) {
    await calmDown(context, open)
    judge(
      disagreement(world, isForgetful || slow !== undefined),
      unrest(world),
      ...inspector.atEnd(),
      revocations?.judge(),
    )
  }
  for (const page of world.pages) if (page.life !== 'gone') page.end()
  return violation ? { seed, violation, step } : { seed }
}

/** A quarter of the histories has limits; drawn apart, so that the others are what they were. */
function limitsOf(seed: number, hasLimits?: boolean): Limits | undefined {
  const dice = createDice(seed * 48_271 + 11)
  const isDrawn = dice.chance(0.25)
  if (!(hasLimits ?? isDrawn)) return undefined
  return {
    idleMs: dice.pick([2 * MINUTE, 5 * MINUTE, 15 * MINUTE]) ?? MINUTE,
    sessionMs: dice.pick([3 * MINUTE, 40 * MINUTE, 720 * MINUTE]) ?? MINUTE,
  }
}

function describe({ type, ...rest }: { type: string }): string {
  const { at: _, tab: __, ...shown } = rest as Record<string, unknown>
  return `${type} ${JSON.stringify(shown)}`
}
