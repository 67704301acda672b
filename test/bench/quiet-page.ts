import { setTimeout as delay } from 'node:timers/promises'

/** Milliseconds between two looks whether a page is there. */
const LOOK_EVERY_MS = 20

type Json = Record<string, unknown>

/** Speaks Chrome's DevTools protocol and nothing else: libraries listen to each request, which costs it a third. */
export interface Devtools {
  send(method: string, params?: Json, sessionId?: string): Promise<Json>
  close(): void
}

export async function connect(address: string): Promise<Devtools> {
  const socket = new WebSocket(address)
  await new Promise<void>((resolve, reject) => {
    socket.addEventListener('open', () => resolve())
    socket.addEventListener('error', () => reject(new Error(`${address} does not answer.`)))
  })
  const waiting = new Map<number, { resolve: (result: Json) => void; reject: (error: Error) => void }>()
  let newest = 0

  socket.addEventListener('message', ({ data }) => {
    const { id, result, error } = JSON.parse(data)
    const call = waiting.get(id)
    waiting.delete(id)
    if (error) call?.reject(new Error(error.message))
    else call?.resolve(result)
  })
  socket.addEventListener('close', () => {
    for (const { reject } of waiting.values()) reject(new Error('Chromium is gone.'))
  })

  return {
    send(method, params = {}, sessionId) {
      const id = ++newest
      socket.send(JSON.stringify({ id, method, params, ...(sessionId !== undefined && { sessionId }) }))
      return new Promise((resolve, reject) => waiting.set(id, { resolve, reject }))
    },
    close: () => socket.close(),
  }
}

/** A page that nobody listens to while it is measured. */
export interface QuietPage {
  /** Calls a function that uses nothing but its argument and what the page has. */
  evaluate<T, A = undefined>(act: (argument: A) => T | Promise<T>, argument?: A): Promise<T>
  /** Bytes of its JavaScript heap once nothing can be collected. */
  heapBytes(): Promise<number>
  /** Brings it to the front of its window: the page that was there is hidden. */
  show(): Promise<void>
  /** As the browser freezes a hidden page. */
  freeze(): Promise<void>
  /** Ends its process; nothing can be asked of the page any more. */
  crash(): void
  close(): Promise<void>
}

/** `front`: before the page that was visible so far. */
export type Place = 'front' | 'back' | 'window of its own'

export interface PageOptions {
  url: string
  /** Is called in the page before its scripts are; uses nothing but what the page has. */
  prepare: (() => void) | undefined
  place: Place
}

/** Opens an address, and settles when the page has made its manager. */
export async function openPage(devtools: Devtools, { url, prepare, place }: PageOptions): Promise<QuietPage> {
  const { targetId } = await devtools.send('Target.createTarget', {
    url: 'about:blank',
    newWindow: place === 'window of its own',
    background: place === 'back',
  })
  const { sessionId } = await devtools.send('Target.attachToTarget', { targetId, flatten: true })
  const send = (method: string, params?: Json) => devtools.send(method, params, `${sessionId}`)

  async function run(expression: string): Promise<unknown> {
    const answer = await send('Runtime.evaluate', { expression, awaitPromise: true, returnByValue: true })
    const { result, exceptionDetails } = answer as {
      result: { value?: unknown; description?: string }
      exceptionDetails?: object
    }
    if (exceptionDetails) throw new Error(result.description ?? 'The page threw.')
    return result.value
  }

  await send('Page.enable')
  if (prepare) await send('Page.addScriptToEvaluateOnNewDocument', { source: `(${prepare})()` })
  await send('Page.navigate', { url })
  await send('Page.disable')
  while ((await run('typeof app')) === 'undefined') await delay(LOOK_EVERY_MS)

  return {
    async evaluate<T, A>(act: (argument: A) => T | Promise<T>, argument?: A) {
      return (await run(`(${act})(${JSON.stringify(argument) ?? ''})`)) as T
    },
    async heapBytes() {
      // What one collection frees may have kept other things alive.
      for (let round = 0; round < 3; round++) await send('HeapProfiler.collectGarbage')
      const { usedSize } = await send('Runtime.getHeapUsage')
      return Number(usedSize)
    },
    async show() {
      await devtools.send('Target.activateTarget', { targetId })
    },
    async freeze() {
      await send('Page.setWebLifecycleState', { state: 'frozen' })
    },
    crash() {
      // Nobody is left to answer.
      send('Page.crash').catch(() => {})
    },
    async close() {
      await devtools.send('Target.closeTarget', { targetId })
    },
  }
}
