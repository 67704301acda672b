// @vitest-environment happy-dom
import { expect, test } from 'vitest'
import { createPageConnection } from '../../src/network/page-connection.ts'

test('scripts of the page see it go offline and come back, once each', () => {
  const seen: string[] = []
  for (const type of ['offline', 'online']) addEventListener(type, () => seen.push(`${type} ${navigator.onLine}`))
  const page = createPageConnection()
  page.setOffline(false)
  page.setOffline(true)
  page.setOffline(true)
  page.setOffline(false)
  expect(seen).toEqual(['offline false', 'online true'])
})
