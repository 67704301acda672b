import { afterAll, test as base, beforeAll, expect } from 'vitest'
import type { ManagerConfig } from '../page/page.ts'
import { bundle } from '../support/bundle.ts'
import { addressOf, createOrigin, type Origin, type OriginOptions } from '../support/origin.ts'
import type { Engine, Profile, ProfileOptions, Tab } from './engine.ts'

export interface EngineUnderTest {
  name: string
  /** `undefined` where this machine has no such browser and cannot get one. */
  start(): Promise<Engine | undefined>
}

export interface WorldOptions extends Omit<OriginOptions, 'script'>, ProfileOptions {
  /** The manager that each page makes when it is loaded. */
  manager?: ManagerConfig
  /** Runs in each page before its manager is made. */
  before?: () => void
}

export interface World {
  origin: Origin
  profile: Profile
  /** The address of the page. */
  url: string
  /** Opens tabs of the page one after another. */
  open(count: number): Promise<Tab[]>
}

/** An installation takes longer than a test may. */
const INSTALL_MS = 6 * 60_000

/** Tells the server what nobody caught in a page, also while the page is being left. */
const WATCH = `for (const type of ['error', 'unhandledrejection']) {
  addEventListener(type, ({ message, reason }) => navigator.sendBeacon('/fixture/uncaught', String(reason ?? message)))
}
`

/**
 * Tests with one browser per file, and for each test a profile and an origin of its own. An error that nobody caught in
 * a page fails the test.
 */
export function createTest({ name, start }: EngineUnderTest) {
  let engine: Engine | undefined
  let script = ''
  beforeAll(async () => {
    engine = await start()
    if (engine !== undefined) script = WATCH + (await bundle())
  }, INSTALL_MS)
  afterAll(async () => engine?.close())

  return base.extend('visit', async ({ skip }, { onCleanup }) => {
    if (engine === undefined) return skip(`there is no ${name}, and it cannot be installed here`)
    const { newProfile } = engine
    const closing: Array<() => Promise<void>> = []
    const origins: Origin[] = []
    onCleanup(async () => {
      for (const close of closing.reverse()) await close()
      const uncaught = origins.flatMap(({ seen }) => seen.filter(({ path }) => path === '/fixture/uncaught'))
      expect(uncaught.map(({ body }) => body)).toEqual([])
    })

    return async ({
      manager,
      before = () => {},
      storageBlocked = false,
      ...options
    }: WorldOptions = {}): Promise<World> => {
      const origin = await createOrigin({ ...options, script: `;(${before})()\n${script}` })
      origins.push(origin)
      closing.push(() => origin.close())
      const profile = await newProfile({ storageBlocked })
      closing.push(() => profile.close())
      const url = addressOf(origin, manager)
      return {
        origin,
        profile,
        url,
        async open(count) {
          const tabs: Tab[] = []
          while (tabs.length < count) tabs.push(await profile.open(url))
          return tabs
        },
      }
    }
  })
}

export type EngineTest = ReturnType<typeof createTest>
