import { isIP } from 'node:net'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { FUZZ_TIMEOUT_MS, fuzz } from '../../../../test/support/fuzz.ts'
import { text } from '../../../../test/support/junk.ts'
import { addressKey } from '../../src/limits/address-key.ts'

describe('the key of an address', () => {
  it.each([
    ['192.0.2.7', '192.0.2.7'],
    ['::ffff:192.0.2.7', '192.0.2.7'],
    ['::FFFF:192.0.2.7', '192.0.2.7'],
    ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
    ['2001:0DB8:0001:0002::', '2001:db8:1:2::/64'],
    ['2001:db8::1', '2001:db8:0:0::/64'],
    ['2001:db8:1:2::3', '2001:db8:1:2::/64'],
    ['2001:db8:1::2:3:4:5', '2001:db8:1:0::/64'],
    ['::1', '0:0:0:0::/64'],
    ['fe80::1%eth0', 'fe80:0:0:0::/64'],
    ['unknown', 'unknown'],
  ])('%s is %s', (address, key) => {
    expect(addressKey(address)).toBe(key)
  })

  it('is the same for all spellings and addresses of a /64 network', { timeout: FUZZ_TIMEOUT_MS }, () => {
    const group = fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 0xffff }))
    const groups = (length: number) => fc.array(group, { minLength: length, maxLength: length })
    fuzz(fc.tuple(groups(8), groups(4)), ([whole, other]) => {
      const long = whole.map((part) => part.toString(16).padStart(4, '0')).join(':')
      // The URL parser writes it as short as it can.
      const short = new URL(`http://[${long}]`).hostname.slice(1, -1)
      const neighbour = [...whole.slice(0, 4), ...other].map((part) => part.toString(16)).join(':')
      expect([addressKey(short), addressKey(neighbour)]).toEqual(Array(2).fill(addressKey(long)))
    })
  })

  it('is the text itself for an invalid address, and stable', { timeout: FUZZ_TIMEOUT_MS }, () => {
    const part = fc.constantFrom('::', ':', 'ffff', '1', '0db8', '192.0.2.7', '.', '%', 'eth0', 'g', '/64')
    fuzz(
      fc.oneof(
        fc.array(part, { maxLength: 9 }).map((parts) => parts.join('')),
        text,
      ),
      (address) => {
        const key = addressKey(address)
        expect(addressKey(key)).toBe(key)
        if (isIP(address) === 6) expect(key).toMatch(/^(?:[0-9a-f]{1,4}(?::[0-9a-f]{1,4}){3}::\/64|[\d.]+)$/)
      },
    )
  })
})
