import { findChromium } from './chromium.ts'

/** Looks for Chromium once, before the first browser test: an installation takes longer than a test may. */
export async function setup(): Promise<void> {
  process.env.CHROMIUM_PATH = (await findChromium()) ?? ''
}
