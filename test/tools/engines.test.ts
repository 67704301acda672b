import { expect, onTestFinished, test, vi } from 'vitest'
import { findDjango } from './django.ts'
import { findFirefox } from './firefox.ts'
import { findNginx } from './nginx.ts'
import { findRedis } from './redis.ts'
import { findWebKit } from './webkit.ts'

const finders = {
  FIREFOX_PATH: findFirefox,
  WEBKIT_DRIVER_PATH: findWebKit,
  REDIS_SERVER_PATH: findRedis,
  DJANGO_PYTHON: findDjango,
  NGINX_PATH: findNginx,
}

for (const [name, find] of Object.entries(finders)) {
  const choose = (path: string) => {
    vi.stubEnv(name, path)
    onTestFinished(() => void vi.unstubAllEnvs())
  }

  test(`${name}: what is asked for and is not there is an error that names it`, async () => {
    choose('/nowhere/browser')
    await expect(find()).rejects.toThrow('/nowhere/browser')
  })

  test(`${name}: an empty choice says that there is none`, async () => {
    choose('')
    expect(await find()).toBeUndefined()
  })
}

test('the Firefox that is asked for is used', async () => {
  vi.stubEnv('FIREFOX_PATH', process.execPath)
  onTestFinished(() => void vi.unstubAllEnvs())
  expect(await findFirefox()).toBe(process.execPath)
})
