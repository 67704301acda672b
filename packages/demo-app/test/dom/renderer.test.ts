import { expect, test } from 'vitest'
import { createRenderer } from '../../src/dom/renderer.ts'

test('any number of changes in a task draw once, and later ones draw again', async () => {
  let drawn = 0
  const request = createRenderer(() => {
    drawn += 1
  })
  request()
  request()
  expect(drawn).toBe(0)
  await Promise.resolve()
  expect(drawn).toBe(1)
  request()
  await Promise.resolve()
  expect(drawn).toBe(2)
})
