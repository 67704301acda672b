import type { Page } from 'playwright-core'
import { describe, expect } from 'vitest'
import { type Demo, startDemo } from '../../packages/demo-app/start-demo.ts'
import { eventually } from './support/session.ts'
import { test as base } from './support/test.ts'

interface Visit {
  demo: Demo
  page: Page
  openOne(): Promise<Page>
  /** What a page did that its policy forbids, and what nobody caught in it. */
  violations: string[]
}

const test = base.extend('open', async ({ chromium, skip }, { onCleanup }) => {
  if (chromium === undefined) return skip('there is no Chromium')
  const closing: Array<() => Promise<void>> = []
  onCleanup(async () => {
    for (const close of closing.toReversed()) await close()
  })
  return async (preview: boolean): Promise<Visit> => {
    const demo = await startDemo({ port: 0, preview, refreshServer: { reuse: 'strict', accessLifetimeMs: 3_000 } })
    closing.push(demo.close)
    const context = await chromium.newContext()
    closing.push(() => context.close())
    const violations: string[] = []
    await context.exposeBinding('tellViolation', (_, violation: string) => void violations.push(violation))
    await context.addInitScript(() => {
      const { tellViolation } = globalThis as unknown as { tellViolation(violation: string): void }
      document.addEventListener('securitypolicyviolation', ({ effectiveDirective, blockedURI, sourceFile }) =>
        tellViolation(`${effectiveDirective} ${blockedURI} ${sourceFile}`),
      )
    })
    async function openOne(): Promise<Page> {
      const page = await context.newPage()
      page.on('pageerror', ({ message }) => violations.push(message))
      await page.goto(demo.url)
      return page
    }
    return { demo, page: await openOne(), openOne, violations }
  }
})

async function signIn(page: Page): Promise<void> {
  await page.getByRole('button', { name: 'Dr Amara Okafor' }).click()
  await page.getByRole('button', { name: 'Sign in', exact: true }).click()
  await page.getByRole('rowheader').first().waitFor()
}

for (const preview of [true, false]) {
  const mode = preview ? 'as built' : 'from its source'
  test(`the demo ${mode} does its job under a strict Content-Security-Policy with Trusted Types`, async ({ open }) => {
    const { demo, page, openOne, violations } = await open(preview)
    const headers = (await page.reload())?.headers()
    expect(headers?.['content-security-policy']).toContain("default-src 'self'")
    expect(headers?.['content-security-policy']).toContain("require-trusted-types-for 'script'")
    await signIn(page)
    await eventually(() => expect(demo.server.qa?.counts().refreshes.ok).toBeGreaterThan(1))
    await page
      .getByRole('button', { name: /^Notes about/ })
      .first()
      .click()
    await page.getByRole('textbox').last().fill('<img src=x onerror=alert(1)> sleeps well')
    await page.getByRole('button', { name: 'Save note' }).click()
    await page.getByText('sleeps well').first().waitFor()
    const other = await openOne()
    await other.getByRole('rowheader').first().waitFor()
    await other.getByRole('button', { name: 'Sign out' }).click()
    await page.getByRole('button', { name: 'Sign in', exact: true }).waitFor()
    expect(violations).toEqual([])
  })
}

test('whoever works with the keyboard is led on at sign-in and sign-out', async ({ open }) => {
  const { page } = await open(true)
  const focused = () => page.evaluate(() => document.activeElement?.id || document.activeElement?.getAttribute('name'))
  const submit = page.getByRole('button', { name: 'Sign in', exact: true })
  await page.getByLabel('User name').fill('amara')
  await page.getByLabel('Password').fill('wrong')
  await submit.press('Enter')
  await page.getByRole('alert').waitFor()
  // What the browser says of an empty field stands alone.
  await page.getByLabel('Password').fill('')
  await submit.press('Enter')
  expect(await page.getByRole('alert').count()).toBe(0)
  await page.getByRole('button', { name: 'Dr Amara Okafor' }).press('Enter')
  await submit.press('Enter')
  await page.getByRole('rowheader').first().waitFor()
  expect(await focused()).toBe('main')
  await page.getByRole('button', { name: 'Sign out' }).press('Enter')
  await submit.waitFor()
  expect(await focused()).toBe('username')
})

test('the focus goes through the QA bar in the order that is seen', async ({ open }) => {
  const { page } = await open(true)
  for (const width of [360, 800, 1280, 1600]) {
    await page.setViewportSize({ width, height: 800 })
    await page.locator('.qa').evaluate((bar) => bar.setAttribute('open', ''))
    const groups = await page.locator('.qa fieldset').evaluateAll((elements) =>
      elements.map((element) => {
        const { left, top } = element.getBoundingClientRect()
        return { left, top }
      }),
    )
    expect(groups.length).toBe(4)
    expect(groups.toSorted((a, b) => a.top - b.top || a.left - b.left)).toEqual(groups)
  }
})

describe('a page whose user has signed out', () => {
  /** And another one in which somebody else has signed in since. */
  async function andAnotherUser({ page, openOne }: Visit): Promise<Page> {
    await signIn(page)
    await page.getByRole('button', { name: 'Sign out' }).click()
    const other = await openOne()
    await other.getByRole('button', { name: 'Ben Lindqvist' }).click()
    await other.getByRole('button', { name: 'Sign in', exact: true }).click()
    await page.getByRole('heading', { name: 'Another user is signed in' }).waitFor()
    return other
  }

  test('says so when another tab signs in as somebody else', async ({ open }) => {
    const visit = await open(true)
    await andAnotherUser(visit)
    await visit.page.getByRole('button', { name: 'Continue as ben' }).click()
    await visit.page.getByRole('rowheader').first().waitFor()
  })

  test('says so when that user has signed out again', async ({ open }) => {
    const visit = await open(true)
    const other = await andAnotherUser(visit)
    await other.getByRole('button', { name: 'Sign out' }).click()
    await visit.page.getByRole('heading', { name: 'Another user was signed in' }).waitFor()
    await visit.page.getByRole('button', { name: 'Go to the sign-in' }).click()
    await visit.page.getByRole('button', { name: 'Sign in', exact: true }).waitFor()
  })
})

test('what the policy forbids is refused, and noticed', async ({ open }) => {
  const { page, violations } = await open(true)
  const outcomes = await page.evaluate(async () => {
    // What the debugger calls may use eval until it first waits.
    await new Promise((resolve) => setTimeout(resolve))
    const attempt = (run: () => unknown) => {
      try {
        run()
        return 'ran'
      } catch (error) {
        return error instanceof Error ? error.name : 'threw'
      }
    }
    const script = document.createElement('script')
    return [
      attempt(() => new Function('return 1')()),
      attempt(() => {
        document.body.innerHTML = '<b>hello</b>'
      }),
      attempt(() => {
        script.textContent = 'globalThis.inlined = true'
      }),
      attempt(() => new Worker(URL.createObjectURL(new Blob([''])))),
      await fetch('http://127.0.0.1:9/').catch((error: Error) => error.name),
    ]
  })
  expect(outcomes).toEqual(['EvalError', 'TypeError', 'TypeError', 'TypeError', 'TypeError'])
  await eventually(() => {
    const noticed = violations.map((violation) => violation.split(' ')[0])
    expect(noticed).toEqual(expect.arrayContaining(['require-trusted-types-for', 'connect-src']))
  })
})
