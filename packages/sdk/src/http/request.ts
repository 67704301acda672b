/** Whether it is a `Request`, of whatever realm: a frame has its own. */
export function isRequest(value: unknown): value is Request {
  return Object.prototype.toString.call(value) === '[object Request]'
}

/** What a copy of the request would lose: any other member that is given resets these two (Fetch Standard, `new Request`). */
export const referrerOf = ({ referrer, referrerPolicy }: Request) => ({ referrer, referrerPolicy })

/** A body as it is now, for a call that may have to wait, or to be sent again, while its owner goes on with the original. */
export function bodyOf(body: BodyInit | null | undefined): BodyInit | null | undefined {
  if (body instanceof URLSearchParams) return new URLSearchParams(body)
  if (body instanceof FormData) {
    const copy = new FormData()
    for (const [name, value] of body) copy.append(name, value)
    return copy
  }
  if (body instanceof ArrayBuffer) return body.slice(0)
  return ArrayBuffer.isView(body) ? new Uint8Array(body.buffer, body.byteOffset, body.byteLength).slice() : body
}

/**
 * Whether the body of a request is a stream, which can be read once only. Nothing says so but this constructor: in this
 * mode it refuses a body without a source before it touches it (Fetch Standard, `new Request`).
 */
export function isStreamed(request: Request): boolean {
  if (!request.body) return false
  const probe = request.clone()
  try {
    return !new Request(probe, { mode: 'no-cors', method: 'POST', cache: 'default' })
  } catch {
    // What nobody reads would be kept.
    probe.body?.cancel().catch(() => {})
    return true
  }
}
