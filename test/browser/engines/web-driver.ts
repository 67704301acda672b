/** A WebDriver session, spoken to over HTTP. */
export interface WebDriverSession {
  /** Sends commands to one window, and nothing else in between. */
  inWindow<Result>(handle: string, commands: (send: SendCommand) => Promise<Result>): Promise<Result>
  /** A command that concerns no window. */
  send: SendCommand
}

export type SendCommand = (method: 'GET' | 'POST' | 'DELETE', path: string, body?: object) => Promise<unknown>

/**
 * One command after another: a command goes to whichever window is the current one.
 *
 * @see https://www.w3.org/TR/webdriver2/#protocol
 */
export async function newSession(driverUrl: string, capabilities: object): Promise<WebDriverSession> {
  const created = await sendTo(driverUrl)('POST', '/session', { capabilities: { alwaysMatch: capabilities } })
  const { sessionId } = recordOf(created)
  const send = sendTo(`${driverUrl}/session/${sessionId}`)
  let last: Promise<unknown> = Promise.resolve()
  function inTurn<Result>(work: () => Promise<Result>): Promise<Result> {
    const done = last.then(work)
    last = done.catch(() => {})
    return done
  }
  return {
    inWindow: (handle, commands) =>
      inTurn(async () => {
        await send('POST', '/window', { handle })
        return commands(send)
      }),
    send: (method, path, body) => inTurn(() => send(method, path, body)),
  }
}

/** An answer that must be an object. */
export function recordOf(value: unknown): Record<string, unknown> {
  if (typeof value !== 'object' || value === null) throw new Error(`The driver answered ${JSON.stringify(value)}.`)
  return { ...value }
}

function sendTo(baseUrl: string): SendCommand {
  return async (method, path, body) => {
    const answer = await fetch(`${baseUrl}${path}`, {
      method,
      ...(method === 'POST' ? { body: JSON.stringify(body ?? {}) } : {}),
    })
    const { value } = recordOf(await answer.json())
    if (answer.ok) return value
    const { error, message } = recordOf(value)
    throw new Error(`${method} ${path}: ${error}: ${message}`)
  }
}
