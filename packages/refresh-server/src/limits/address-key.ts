import { isIPv4, isIPv6 } from 'node:net'

const GROUPS = 8
const NETWORK_GROUPS = 4

/**
 * The key that counts requests of one address: an IPv4 address, or the /64 network of an IPv6 address, because one machine
 * usually owns all of it (RFC 6177). Different spellings of an address give the same key.
 */
export function addressKey(address: string): string {
  const plain = address.toLowerCase().replace(/%.*$/, '')
  const mapped = plain.replace(/^::ffff:/, '')
  if (isIPv4(mapped)) return mapped
  if (!isIPv6(plain)) return plain
  const [head = '', tail] = plain.split('::')
  const groups = head.split(':').filter((group) => group !== '')
  const rest = tail?.split(':').filter((group) => group !== '').length ?? 0
  while (groups.length < GROUPS - rest && groups.length < NETWORK_GROUPS) groups.push('0')
  const network = [...groups, ...(tail?.split(':') ?? [])].slice(0, NETWORK_GROUPS)
  return `${network.map((group) => Number.parseInt(group, 16).toString(16)).join(':')}::/64`
}
