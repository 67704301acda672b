import { join } from 'node:path'
import { HttpResponse, http } from 'msw'
import { setupServer } from 'msw/node'
import { afterAll, afterEach, beforeAll, expect, test, vi } from 'vitest'
import { allExamples, writeExamples } from '../examples.ts'

const examples = (await allExamples()).filter(({ runnable }) => runnable)
const paths = await writeExamples(examples, join(import.meta.dirname, '../generated/run'))

const credentials = { username: 'me', password: 'secret' }
const authorizations: (string | null)[] = []
const revoked: unknown[] = []
const server = setupServer(
  // As strict as the refresh server: what is not marked as JSON is none.
  http.post('*/auth/login', async ({ request }) => {
    if (request.headers.get('content-type') !== 'application/json') return new HttpResponse(null, { status: 415 })
    const { username, password } = Object(await request.json())
    if (username !== credentials.username || password !== credentials.password) {
      return HttpResponse.json({ error: 'wrong_credentials' }, { status: 401 })
    }
    return HttpResponse.json({ access: 'access-1', refresh: 'refresh-1', expires_in: 900 })
  }),
  http.post('*/auth/logout', async ({ request }) => {
    revoked.push(await request.json())
    return HttpResponse.json({})
  }),
  http.get('*/api/*', ({ request }) => {
    authorizations.push(request.headers.get('authorization'))
    return HttpResponse.json([{ name: 'Ada' }])
  }),
)

beforeAll(() => server.listen({ onUnhandledFrame: 'error' }))
afterAll(() => server.close())
afterEach(() => {
  authorizations.length = 0
  revoked.length = 0
  vi.restoreAllMocks()
})

test.each(examples.map(({ name }, index) => [name, paths[index] ?? '']))('%s runs', async (_name, path) => {
  const log = vi.spyOn(console, 'log').mockImplementation(() => {})
  const { tokens, signIn, patients, signOut } = await import(path)
  await expect(signIn(credentials.username, 'wrong')).rejects.toThrow('401')
  await signIn(credentials.username, credentials.password)
  expect(await patients()).toEqual([{ name: 'Ada' }])
  expect(authorizations).toEqual(['Bearer access-1'])
  await signOut()
  await vi.waitFor(() => expect(revoked).toEqual([{ refresh: 'refresh-1' }]))
  expect(log).toHaveBeenCalledWith('Signed out: user')
  await tokens.dispose()
})

test('both READMEs have an example to run', () => {
  const files = examples.map(({ name }) => name.split(':')[0])
  expect(files).toEqual(expect.arrayContaining(['README.md', 'packages/sdk/README.md']))
})
