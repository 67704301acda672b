import { beforeEach, describe, expect, it } from 'vitest'
import { resolveOptions } from '../../src/options.ts'
import {
  checkPolicy,
  generalWardPolicy,
  icuPolicy,
  longLivedPolicy,
  outpatientPolicy,
  researchPolicy,
  webAppPolicy,
} from '../../src/policies/policies.ts'
import type { SessionPolicy } from '../../src/session/policy.ts'
import { HOUR, MINUTE, SECOND } from '../support/sessions.ts'
import { createEndpoint, LOGIN, openPage, type Page, pass, rotated, useVirtualTime } from '../support/tokens.ts'

const DAY = 24 * HOUR

describe('the presets', () => {
  it.each<[string, SessionPolicy, Partial<SessionPolicy>]>([
    ['icu', icuPolicy, { accessTokenMaxMs: 5 * MINUTE, sessionMaxMs: 8 * HOUR, idleTimeoutMs: 5 * MINUTE }],
    ['ward', generalWardPolicy, { accessTokenMaxMs: 15 * MINUTE, sessionMaxMs: 12 * HOUR, idleTimeoutMs: 15 * MINUTE }],
    [
      'outpatient',
      outpatientPolicy,
      { accessTokenMaxMs: 20 * MINUTE, sessionMaxMs: 16 * HOUR, idleTimeoutMs: 15 * MINUTE },
    ],
    ['research', researchPolicy, { accessTokenMaxMs: 30 * MINUTE, sessionMaxMs: 24 * HOUR, idleWarningMs: 2 * MINUTE }],
    ['web app', webAppPolicy, { accessTokenMaxMs: 15 * MINUTE, sessionMaxMs: 7 * DAY }],
    [
      'long-lived',
      longLivedPolicy,
      { accessTokenMaxMs: 2 * HOUR, refreshTokenMaxMs: 30 * DAY, sessionMaxMs: 90 * DAY },
    ],
  ])('%s: is one that a manager takes, and whose own tokens keep to it', (_, policy, members) => {
    expect(policy).toMatchObject(members)
    expect(resolveOptions({ transport: createEndpoint(), policy }).policy).toEqual(policy)
    expect(checkPolicy(policy)).toEqual([])
  })

  it('warn as early as they say, where they sign out for idleness at all', () => {
    const warnings = [icuPolicy, generalWardPolicy, outpatientPolicy, researchPolicy].map(
      (policy) => policy.idleWarningMs,
    )
    expect(warnings).toEqual([60 * SECOND, 60 * SECOND, 60 * SECOND, 120 * SECOND])
    expect(researchPolicy.idleTimeoutMs).toBe(30 * MINUTE)
    expect(webAppPolicy).not.toHaveProperty('idleTimeoutMs')
    expect(longLivedPolicy).not.toHaveProperty('idleTimeoutMs')
  })
})

describe('checkPolicy', () => {
  it.each<[number, number | undefined, string[]]>([
    [15 * MINUTE, 7 * DAY, []],
    [15 * MINUTE + 500, undefined, []],
    [15 * MINUTE + 2 * SECOND, undefined, ['accessTokenMaxMs']],
    [24 * HOUR, undefined, ['accessTokenMaxMs']],
    [15 * MINUTE, 30 * DAY, ['sessionMaxMs']],
    [8 * DAY, undefined, ['accessTokenMaxMs', 'sessionMaxMs']],
  ])('webAppPolicy with access tokens of %d ms, refresh tokens of %s ms: %j', (access, refresh, rules) => {
    const lifetimes = { accessLifetimeMs: access, ...(refresh && { refreshLifetimeMs: refresh }) }
    expect(checkPolicy(webAppPolicy, lifetimes).map(({ rule }) => rule)).toEqual(rules)
  })

  it('says how long is allowed, and takes a whole token response as a transport gives it', () => {
    expect(checkPolicy(webAppPolicy, { ...LOGIN, accessLifetimeMs: DAY })).toEqual([
      { rule: 'accessTokenMaxMs', actualMs: DAY, allowedMs: 15 * MINUTE },
    ])
    expect(checkPolicy({ refreshTokenMaxMs: DAY }, { refreshLifetimeMs: 2 * DAY })).toEqual([
      { rule: 'refreshTokenMaxMs', actualMs: 2 * DAY, allowedMs: DAY },
    ])
  })

  it('finds a policy that allows tokens beyond its own session', () => {
    expect(checkPolicy({ accessTokenMaxMs: 2 * HOUR, sessionMaxMs: HOUR })).toEqual([
      { rule: 'sessionMaxMs', actualMs: 2 * HOUR, allowedMs: HOUR },
    ])
    expect(checkPolicy({})).toEqual([])
  })

  it.each<[string, unknown[], RegExp]>([
    ['no policy', ['icu'], /^policy must be an object/],
    ['a lifetime that is misspelt', [{}, { accessLifeTimeMs: 3 }], /lifetimes\.accessLifeTimeMs is unknown/],
    ['an unknown member', [{ idleMs: 1 }], /policy\.idleMs is unknown: it must be one of/],
    ['a short warning', [{ idleTimeoutMs: MINUTE, idleWarningMs: SECOND }], /policy\.idleWarningMs must be/],
    ['a contradiction', [{ idleTimeoutMs: MINUTE, idleWarningMs: HOUR }], /policy\.idleWarningMs must be less than/],
    ['lifetimes that are none', [webAppPolicy, { accessLifetimeMs: '15m' }], /lifetimes\.accessLifetimeMs must be/],
  ])('%s is invalid_option', (_, given, problem) => {
    const check = () => Reflect.apply(checkPolicy, undefined, given)
    expect(check).toThrow(problem)
    expect(check).toThrow(expect.objectContaining({ code: 'invalid_option' }))
  })
})

describe('the running manager', () => {
  beforeEach(useVirtualTime)

  const violations = ({ events }: Page) => events.filter(({ type }) => type === 'policy-violation')

  it('tells once of access tokens of 24 h under webAppPolicy, as long as they keep coming', async () => {
    const page = openPage({ policy: { ...webAppPolicy, jitterRatio: 0 } })
    page.endpoint.respond = async () => rotated(page.endpoint.asked.length + 1, { accessLifetimeMs: DAY })
    await page.tokens.setSession({ ...LOGIN, accessLifetimeMs: DAY })
    expect(violations(page)).toEqual([
      expect.objectContaining({ rule: 'accessTokenMaxMs', actualMs: DAY, allowedMs: 15 * MINUTE, generation: 1 }),
    ])
    await pass(24 * HOUR)
    expect(page.tokens.getSnapshot()).toMatchObject({ status: 'active', generation: 2 })
    expect(violations(page)).toHaveLength(1)
  })

  it('tells of an endpoint that begins to, and again after it had stopped', async () => {
    const page = openPage({ policy: { ...webAppPolicy, jitterRatio: 0 } })
    const lifetimes = [HOUR, 15 * MINUTE, 2 * HOUR]
    page.endpoint.respond = async () => {
      const count = page.endpoint.asked.length
      return rotated(count + 1, { accessLifetimeMs: lifetimes[count - 1] ?? MINUTE })
    }
    await page.tokens.setSession(LOGIN)
    expect(violations(page)).toEqual([])
    for (const _ of lifetimes) {
      await pass(SECOND)
      await page.tokens.refreshAccessToken()
    }
    expect(violations(page)).toMatchObject([{ actualMs: HOUR }, { actualMs: 2 * HOUR }])
  })

  it('has nothing to tell without a policy', async () => {
    const page = openPage()
    await page.tokens.setSession({ ...LOGIN, accessLifetimeMs: 300 * DAY })
    expect(violations(page)).toEqual([])
  })
})
