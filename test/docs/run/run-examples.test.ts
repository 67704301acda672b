import { join } from 'node:path'
import { HttpResponse, http } from 'msw'
import { setupServer } from 'msw/node'
import { afterAll, afterEach, beforeAll, expect, test, vi } from 'vitest'
import { allExamples, writeExamples } from '../examples.ts'

const examples = (await allExamples()).filter(({ runnable }) => runnable)
const paths = await writeExamples(examples, join(import.meta.dirname, '../generated/run'))

const authorizations: (string | null)[] = []
const server = setupServer(
  http.post('*/auth/login', () => HttpResponse.json({ access: 'access-1', refresh: 'refresh-1', expires_in: 900 })),
  http.get('*/api/*', ({ request }) => {
    authorizations.push(request.headers.get('authorization'))
    return HttpResponse.json([{ name: 'Ada' }])
  }),
)

beforeAll(() => server.listen({ onUnhandledFrame: 'error' }))
afterAll(() => server.close())
afterEach(() => {
  authorizations.length = 0
  vi.restoreAllMocks()
})

test.each(examples.map(({ name }, index) => [name, paths[index] ?? '']))('%s runs', async (_name, path) => {
  const log = vi.spyOn(console, 'log').mockImplementation(() => {})
  const { tokens, signIn, patients } = await import(path)
  await signIn('me', 'secret')
  expect(await patients()).toEqual([{ name: 'Ada' }])
  expect(authorizations).toEqual(['Bearer access-1'])
  await tokens.signOut()
  expect(log).toHaveBeenCalledWith('Signed out: user')
  await tokens.dispose()
})

test('there is an example to run', () => {
  expect(examples.map(({ name }) => name.split(':')[0])).toContain('README.md')
})
