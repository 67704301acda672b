import fc from 'fast-check'
import { expect, it } from 'vitest'
import { namespaceOf } from '../../src/codec/namespace.ts'

it('scenario 43: two apps of one origin do not mix', () => {
  const one = namespaceOf('default', 'json https://clinic.example/a/refresh')
  expect(namespaceOf('default', 'json https://clinic.example/b/refresh')).not.toBe(one)
  expect(namespaceOf('other', 'json https://clinic.example/a/refresh')).not.toBe(one)
})

it('is the same in every page and every version: tabs of two versions must find each other', () => {
  expect(namespaceOf('default', 'json https://clinic.example/auth/refresh')).toBe('token-manager:default:52kmhd')
})

it('does not show the endpoint', () => {
  fc.assert(
    fc.property(fc.string(), (url) => {
      expect(namespaceOf('app', url)).toMatch(/^token-manager:app:[\da-z]{1,7}$/)
    }),
  )
})
