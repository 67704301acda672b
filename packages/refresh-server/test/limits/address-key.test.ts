import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { addressKey } from '../../src/limits/address-key.ts'

describe('what counts as one address', () => {
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

  it('is the same for every machine of a /64, however it is written', () => {
    const group = fc.integer({ min: 0, max: 0xffff })
    fc.assert(
      fc.property(
        fc.array(group, { minLength: 8, maxLength: 8 }),
        fc.array(group, { minLength: 4, maxLength: 4 }),
        (groups, other) => {
          const long = groups.map((part) => part.toString(16).padStart(4, '0')).join(':')
          // The URL parser writes it as short as it can.
          const short = new URL(`http://[${long}]`).hostname.slice(1, -1)
          const neighbour = [...groups.slice(0, 4), ...other].map((part) => part.toString(16)).join(':')
          expect(addressKey(short)).toBe(addressKey(long))
          expect(addressKey(neighbour)).toBe(addressKey(long))
        },
      ),
    )
  })
})
