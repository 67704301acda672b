import { existsSync, globSync } from 'node:fs'
import { installWithApt } from './apt.ts'

/** What it takes to drive WebKitGTK: each a path. */
export interface WebKitPlaces {
  driver: string
  browser: string
  /** A screen for a browser that has no headless mode. */
  display: string
}

const DRIVER = '/usr/bin/WebKitWebDriver'
const DISPLAY = '/usr/bin/Xvfb'
const BROWSERS = '/usr/lib/*-linux-gnu/webkit2gtk-4.*/MiniBrowser'

/**
 * WebKitGTK with its driver and a screen: what this machine has, or what is installed now. `undefined`, with a line that
 * says why, where that cannot be had. An empty `WEBKIT_DRIVER_PATH` says that this is known already.
 *
 * @throws Error if `WEBKIT_DRIVER_PATH` names what is not there.
 */
export async function findWebKit(): Promise<WebKitPlaces | undefined> {
  const chosen = process.env.WEBKIT_DRIVER_PATH
  if (chosen === '') return undefined
  if (chosen !== undefined && !existsSync(chosen))
    throw new Error(`WEBKIT_DRIVER_PATH is ${chosen}, which is not there.`)
  const driver = chosen ?? DRIVER
  const found = present(driver)
  if (found !== undefined) return found
  await installWithApt(['webkit2gtk-driver', 'xvfb'])
  const installed = present(driver)
  if (installed === undefined)
    console.error('There is no WebKitWebDriver with Xvfb here, and neither could be installed (apt-get as root can).')
  return installed
}

function present(driver: string): WebKitPlaces | undefined {
  const [browser] = globSync(BROWSERS)
  if (browser === undefined || !existsSync(driver) || !existsSync(DISPLAY)) return undefined
  return { driver, browser, display: DISPLAY }
}
