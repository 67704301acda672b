import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type BrowserContext, chromium } from 'playwright-core'
import { test as base } from 'vitest'
import { chromiumFlags, findChromium } from '../../tools/chromium.ts'
import { bundle } from './bundle.ts'
import { createOrigin } from './origin.ts'

/** Tests that start a browser again and again, with the same profile each time. */
export const test = base
  // biome-ignore lint/correctness/noEmptyPattern: Vitest reads from it that nothing is needed
  .extend('origin', async ({}, { onCleanup }) => {
    const origin = await createOrigin({ script: await bundle(), server: { reuse: 'strict' } })
    onCleanup(() => origin.close())
    return origin
  })
  .extend('start', async ({ skip }, { onCleanup }) => {
    const executablePath = await findChromium()
    if (executablePath === undefined) return skip('there is no Chromium')
    const userData = await mkdtemp(join(tmpdir(), 'chromium-'))
    const running: BrowserContext[] = []
    onCleanup(async () => {
      await Promise.all(running.map((profile) => profile.close()))
      await rm(userData, { recursive: true, force: true, maxRetries: 5 })
    })
    return async () => {
      const profile = await chromium.launchPersistentContext(userData, { executablePath, args: [...chromiumFlags] })
      running.push(profile)
      return profile
    }
  })
