import { expect, onTestFinished, test, vi } from 'vitest'
import { findChromium } from './chromium.ts'
import { chromiumPlaces } from './chromium-places.ts'

function chosen(path: string): void {
  vi.stubEnv('CHROMIUM_PATH', path)
  onTestFinished(() => void vi.unstubAllEnvs())
}

test('the Chromium that is asked for is used', async () => {
  chosen(process.execPath)
  expect(await findChromium()).toBe(process.execPath)
})

test('a Chromium that is asked for and does not run is an error that names it', async () => {
  chosen('/nowhere/chromium')
  await expect(findChromium()).rejects.toThrow('/nowhere/chromium')
})

test('an empty choice says that there is none', async () => {
  chosen('')
  expect(await findChromium()).toBeUndefined()
})

test('Linux: the path comes before the usual places, each place once', () => {
  const places = chromiumPlaces({ platform: 'linux', env: { PATH: '/opt/bin::/usr/bin' }, home: '/home/me' })
  expect(places[0]).toBe('/opt/bin/chromium')
  expect(places).toContain('/snap/bin/chromium')
  expect(new Set(places).size).toBe(places.length)
})

test('macOS: applications of the machine and of the user', () => {
  const places = chromiumPlaces({ platform: 'darwin', env: {}, home: '/Users/me' })
  expect(places).toContain('/Applications/Google Chrome.app/Contents/MacOS/Google Chrome')
  expect(places).toContain('/Users/me/Applications/Chromium.app/Contents/MacOS/Chromium')
})

test('Windows: the folders of programs that are there', () => {
  const places = chromiumPlaces({
    platform: 'win32',
    env: { PROGRAMFILES: 'C:\\Program Files' },
    home: 'C:\\Users\\me',
  })
  expect(places).toEqual([
    'C:\\Program Files\\Chromium\\Application\\chrome.exe',
    'C:\\Program Files\\Google\\Chrome\\Application\\chrome.exe',
    'C:\\Program Files\\Microsoft\\Edge\\Application\\msedge.exe',
  ])
})
