/** What a hospital's guest network answers to everything until its terms are accepted. */
export const CAPTIVE_PORTAL = `<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><title>Guest network</title></head>
<body><h1>Welcome to the guest network</h1><p>Accept the terms of use to go online.</p></body>
</html>
`

const EMPTY_BODY = '{"status":"done"}'

/** The answer with all its headers and the first half of its body; the rest never comes. */
export async function stall(answer: Response): Promise<Response> {
  // An answer without a body cannot stall, so it gets one.
  const text = (await answer.text()) || EMPTY_BODY
  const bytes = new TextEncoder().encode(text)
  const headers = new Headers(answer.headers)
  headers.set('Content-Length', String(bytes.length))
  const body = new ReadableStream({
    start: (stream) => stream.enqueue(bytes.subarray(0, Math.floor(bytes.length / 2))),
  })
  return new Response(body, { status: answer.status === 204 ? 200 : answer.status, headers })
}
