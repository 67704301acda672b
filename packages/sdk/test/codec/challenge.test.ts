import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { FUZZ_TIMEOUT_MS, fuzz } from '../../../../test/support/fuzz.ts'
import { text as anyText } from '../../../../test/support/junk.ts'
import { mayRefreshHelp, parseChallenges } from '../../src/codec/challenge.ts'

describe('a WWW-Authenticate header', () => {
  it.each([
    ['', []],
    ['Bearer', [{ scheme: 'bearer' }]],
    ['bearer ', [{ scheme: 'bearer' }]],
    ['Bearer realm="api"', [{ scheme: 'bearer' }]],
    ['Bearer error="invalid_token"', [{ scheme: 'bearer', error: 'invalid_token' }]],
    ['Bearer error=invalid_token', [{ scheme: 'bearer', error: 'invalid_token' }]],
    ['Bearer ERROR = "invalid_token"', [{ scheme: 'bearer', error: 'invalid_token' }]],
    ['Bearer realm="a,b", error="x" , scope="c d"', [{ scheme: 'bearer', error: 'x' }]],
    ['Bearer realm="error=\\"y\\", Basic", error="x"', [{ scheme: 'bearer', error: 'x' }]],
    ['Bearer error_description="no error = \\"z\\""', [{ scheme: 'bearer' }]],
    ['Basic realm="a", Bearer error="x"', [{ scheme: 'basic' }, { scheme: 'bearer', error: 'x' }]],
    ['Negotiate YII/a+b==, NTLM', [{ scheme: 'negotiate' }, { scheme: 'ntlm' }]],
    // RFC 9110 section 11.6.1.
    [
      'Basic realm="simple", Newauth realm="apps", type=1, title="Login to \\"apps\\""',
      [{ scheme: 'basic' }, { scheme: 'newauth' }],
    ],
    // RFC 9470 section 3.
    [
      'Bearer error="insufficient_user_authentication", error_description="A different authentication level is required", acr_values="myACR"',
      [{ scheme: 'bearer', error: 'insufficient_user_authentication' }],
    ],
    // RFC 9449 section 7.1.
    ['DPoP error="invalid_token", algs="ES256"', [{ scheme: 'dpop', error: 'invalid_token' }]],
    [', ,Bearer,, error="x"', [{ scheme: 'bearer', error: 'x' }]],
    ['error="x"', []],
    ['Bearer error=x, realm="never closed, Basic', [{ scheme: 'bearer', error: 'x' }]],
  ])('%s', (header, challenges) => {
    expect(parseChallenges(header)).toEqual(challenges)
  })

  const token = fc.stringMatching(/^[A-Za-z][\w!#$%&'*+.^`|~-]{0,8}$/)
  const quoted = fc
    .string({ unit: fc.constantFrom(...'ab ,="\\error:;') })
    .map((value) => `"${value.replace(/["\\]/g, '\\$&')}"`)
  const space = fc.constantFrom('', ' ', '  ', '\t')
  const parameter = fc.record({ name: token, value: fc.oneof(token, quoted), before: space, after: space })
  const challenge = fc.record({
    scheme: token,
    error: fc.option(token, { nil: undefined }),
    isQuoted: fc.boolean(),
    before: fc.array(parameter, { maxLength: 2 }),
    after: fc.array(parameter, { maxLength: 2 }),
  })

  it('whatever the schemes and parameters: each scheme is found with its error, and no other', {
    timeout: FUZZ_TIMEOUT_MS,
  }, () => {
    const asText = (parameters: ReadonlyArray<typeof parameter extends fc.Arbitrary<infer P> ? P : never>) =>
      parameters
        .filter(({ name }) => name.toLowerCase() !== 'error')
        .map(({ name, value, before, after }) => `${name}${before}=${after}${value}`)
    fuzz(fc.array(challenge, { maxLength: 4 }), (challenges) => {
      const header = challenges
        .map(({ scheme, error, isQuoted, before, after }) => {
          const own = error === undefined ? [] : [`error=${isQuoted ? `"${error}"` : error}`]
          const parameters = [...asText(before), ...own, ...asText(after)].join(', ')
          return parameters ? `${scheme} ${parameters}` : scheme
        })
        .join(', ')
      expect(parseChallenges(header)).toEqual(
        challenges.map(({ scheme, error }) => ({
          scheme: scheme.toLowerCase(),
          ...(error !== undefined && { error }),
        })),
      )
    })
  })

  it('whatever the text: it is read, and no scheme is found that is not in it', { timeout: FUZZ_TIMEOUT_MS }, () => {
    const part = fc.constantFrom(...['Bearer', 'Basic', 'error', '=', '"', '\\', ',', ' ', '\t', 'insufficient_scope'])
    fuzz(
      fc.oneof(
        fc.array(part, { maxLength: 12 }).map((parts) => parts.join('')),
        anyText,
      ),
      (header) => {
        for (const { scheme } of parseChallenges(header)) expect(header.toLowerCase()).toContain(scheme)
      },
    )
  })

  it.each(['"', '"\\', '\\"', 'Bearer ', ' =', ', '])('a long one of %j is read in no time', (unit) => {
    expect(parseChallenges(unit.repeat(100_000)).length).toBeLessThan(100_001)
  })
})

describe('whether a refresh may help', () => {
  it.each([
    [null, true, true],
    ['', true, true],
    ['Bearer', true, true],
    ['Bearer error="invalid_token"', true, true],
    ['Bearer error="insufficient_scope"', false, false],
    ['Bearer error="INSUFFICIENT_USER_AUTHENTICATION"', false, false],
    ['Bearer error="insufficient_scope_of_another_kind"', true, true],
    ['Basic realm="api"', false, true],
    ['DPoP error="invalid_token"', false, true],
    ['DPoP algs="ES256", Bearer', true, true],
  ])('%j: with the token in a header %s, in a cookie %s', (header, inHeader, inCookie) => {
    expect([mayRefreshHelp(header, false), mayRefreshHelp(header, true)]).toEqual([inHeader, inCookie])
  })
})
