import { expect, test } from 'vitest'
import { addressFor, flavourOf } from '../../src/session/transport-flavour.ts'

test('the address keeps the flavour, and everything else that it had', () => {
  const address = addressFor('cookie', 'http://127.0.0.1:5173/?lang=en&transport=json#main')
  expect(address).toBe('http://127.0.0.1:5173/?lang=en&transport=cookie#main')
  expect(flavourOf(address)).toBe('cookie')
  expect(flavourOf(addressFor('json', address))).toBe('json')
})

test.for(['http://127.0.0.1/', 'http://127.0.0.1/?transport=', 'http://127.0.0.1/?transport=Cookie'])(
  '%s is JSON',
  (address) => expect(flavourOf(address)).toBe('json'),
)
