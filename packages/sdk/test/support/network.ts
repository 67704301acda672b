import { HttpResponse, http } from 'msw'
import { setupServer } from 'msw/node'
import { afterAll, afterEach, beforeAll } from 'vitest'

/** A request as the endpoint saw it. */
export interface Seen {
  url: string
  headers: Headers
  body: string
}

type Answer = (request: Seen) => Response | Promise<Response>

/** An endpoint at any URL, which remembers what it was asked. Answers with tokens unless it is told otherwise. */
export function mockNetwork() {
  const seen: Seen[] = []
  let answer: Answer = () => HttpResponse.json({ access: 'a2', refresh: 'r2', expires_in: 900 })
  const usual = answer
  const server = setupServer(
    http.all('*', async ({ request }) => {
      const asked = { url: `${request.method} ${request.url}`, headers: request.headers, body: await request.text() }
      seen.push(asked)
      return answer(asked)
    }),
  )
  beforeAll(() => server.listen())
  afterEach(() => {
    answer = usual
    seen.splice(0)
  })
  afterAll(() => server.close())
  return {
    seen,
    answerWith(next: Answer) {
      answer = next
    },
  }
}
