import ky, { type KyInstance } from 'ky'
import { beforeEach, expect, it } from 'vitest'
import { createKy, createKyHooks } from '../../src/http/ky.ts'
import type { TokenManager } from '../../src/index.ts'
import type { RefreshTransport } from '../../src/ports.ts'
import { watch } from '../support/ports.ts'
import { SECOND } from '../support/sessions.ts'
import { bearer, LOGIN, pass, signIn, useVirtualTime } from '../support/tokens.ts'

beforeEach(useVirtualTime)

/** A page over an API that is busy once, and a ky which then tries `other`. */
async function retrying(other: (request: Request) => Request, transport: Partial<RefreshTransport> = {}) {
  const page = await signIn({}, transport)
  const sent: Request[] = []
  const api = createKy(page.tokens, {
    async fetch(input, init) {
      sent.push(new Request(input, init))
      return sent.length === 1 ? new Response(null, { status: 503 }) : Response.json({})
    },
    hooks: {
      afterResponse: [
        ({ request, response }) =>
          response.status === 503 ? ky.retry({ request: other(request), delay: 0 }) : undefined,
      ],
    },
  })
  watch(api.post('http://localhost:3000/api').json())
  await pass(SECOND)
  return sent
}

const MIRROR = 'https://mirror.elsewhere.example/api'

it('a retry that goes to another origin carries no token there', async () => {
  const sent = await retrying(() => new Request(MIRROR, { method: 'POST' }))
  expect(sent.map(bearer)).toEqual(['Bearer SECRET-access-1', null])
})

it('nor one that is made of the first request', async () => {
  const sent = await retrying((request) => new Request(MIRROR, request))
  expect(sent.map(bearer)).toEqual(['Bearer SECRET-access-1', null])
})

it('nor the CSRF token, where the access token is a cookie', async () => {
  const sent = await retrying((request) => new Request(MIRROR, request), {
    accessTokenIn: 'cookie',
    csrfHeader: () => ({ name: 'X-CSRFToken', value: 'SECRET-csrf' }),
  })
  expect(sent.map(({ headers }) => headers.get('x-csrftoken'))).toEqual(['SECRET-csrf', null])
})

it('an Authorization that the caller puts on the retry is left alone', async () => {
  const sent = await retrying((request) => new Request(request, { headers: { Authorization: 'Basic abc' } }))
  expect(sent.map(bearer)).toEqual(['Bearer SECRET-access-1', 'Basic abc'])
})

/** ky with a hook of the app's own before those of the SDK, which takes a second. */
function slowKy(tokens: TokenManager, sent: Request[]): KyInstance {
  const slow = ky.create({
    hooks: { beforeRequest: [() => new Promise((resolve) => setTimeout(resolve, SECOND))] },
    async fetch(input, init) {
      sent.push(new Request(input, init))
      return Response.json({})
    },
  })
  return slow.extend({ hooks: createKyHooks(tokens) })
}

it('scenario 39: a request is that of whose page it was at the call, however long other hooks take', async () => {
  const page = await signIn()
  const sent: Request[] = []
  const call = watch(
    slowKy(page.tokens, sent)
      .post('http://localhost:3000/api', { json: { note: 'of Amara' } })
      .json(),
  )
  await pass(SECOND / 2)
  await page.tokens.setSession({ ...LOGIN, accessToken: 'SECRET-bo', subject: 'bo' })
  await pass(5 * SECOND)
  expect(sent).toEqual([])
  expect(call.error).toMatchObject({ code: 'identity_changed' })
})
