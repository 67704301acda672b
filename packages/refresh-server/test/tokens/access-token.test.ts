import fc from 'fast-check'
import { expect, it } from 'vitest'
import { FUZZ_TIMEOUT_MS, fuzzLater } from '../../../../test/support/fuzz.ts'
import { text } from '../../../../test/support/junk.ts'
import { createAccessTokens } from '../../src/tokens/access-token.ts'
import { createKeyRing, secretKey } from '../../src/tokens/signing-keys.ts'
import { SECRET, START_AT } from '../support/test-server.ts'

it(
  'any text is an access token of this server, or invalid',
  async () => {
    const tokens = createAccessTokens(createKeyRing([], secretKey(new TextEncoder().encode(SECRET))), () => START_AT)
    const ours = await tokens.issue({ username: 'amara', name: 'Amara', roles: ['clinician'], familyId: 'f' }, 60_000)
    expect((await tokens.check(ours)).kind).toBe('valid')
    const base64 = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url')
    const [header = '', payload = '', signature = ''] = ours.split('.')
    const algorithm = fc.constantFrom('none', 'HS256', 'HS512', 'RS256', '__proto__', '', null, 1)
    const headers = fc.record({ alg: algorithm, typ: fc.constantFrom('at+jwt', 'JWT', null) }).map(base64)
    const part = fc.oneof(fc.constantFrom(header, payload, signature, ''), headers, fc.json().map(base64), text)
    const changed = fc
      .tuple(fc.nat({ max: ours.length - 1 }), fc.string({ maxLength: 1 }))
      .map(([at, letter]) => ours.slice(0, at) + letter + ours.slice(at + 1))
    // The last character has two unused bits.
    const sameBytes = (text: string) => text.slice(0, -1) === ours.slice(0, -1) && /^[\w-]$/.test(text.slice(-1))
    await fuzzLater(
      fc.oneof(
        fc.array(part, { maxLength: 5 }).map((parts) => parts.join('.')),
        changed,
      ),
      async (token) => {
        if (!sameBytes(token) && token !== ours) expect(await tokens.check(token)).toEqual({ kind: 'invalid' })
      },
    )
  },
  FUZZ_TIMEOUT_MS,
)
