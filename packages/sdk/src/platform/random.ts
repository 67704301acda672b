import type { Random } from '../ports.ts'

export function createRandom(): Random {
  return {
    next: Math.random,
    // Not `randomUUID()`, which insecure contexts (plain HTTP in a hospital's network) do not have.
    id: () =>
      Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, '0')).join(''),
  }
}
