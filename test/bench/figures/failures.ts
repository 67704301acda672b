import type { Fault } from '@token-manager/refresh-server'
import type { Figure } from '../reading.ts'
import type { Stage } from '../stage.ts'

const unavailable: Fault = { endpoint: 'refresh', kind: '503', times: 3 }
const lost: Fault = { endpoint: 'refresh', kind: 'reset-after' }

interface Trouble {
  fault: Fault
  lifetime?: 'over'
  idempotentRefresh?: boolean
}

/** How many requests failed, or were answered with 401, until the session was refreshed in spite of the fault. */
function failedIn(stage: Stage, { fault, lifetime, idempotentRefresh = false }: Trouble): Promise<number> {
  const manager = { idempotentRefresh }
  return stage.play(
    { manager, server: { reuse: idempotentRefresh ? 'replay' : 'strict' } },
    async ({ page, origin }) => {
      origin.qa.setFault(fault)
      const { sent, statuses } = await page.evaluate(async (lifetime) => {
        await app.signIn(lifetime && { lifetime })
        const poll = app.poll(50)
        app.tokens.refreshAccessToken().catch(() => {})
        await new Promise<void>((resolve) => {
          const stop = app.tokens.onEvent(({ type }) => {
            if (type !== 'refreshed' && type !== 'signed-out') return
            stop()
            resolve()
          })
        })
        // Some more with what came of it.
        await new Promise((resolve) => setTimeout(resolve, 250))
        return poll.stop()
      }, lifetime)
      const { requests, statuses: refreshes } = origin.qa.counts().endpoints.refresh
      if (requests < 2 || refreshes['200'] !== 1)
        throw new Error(`The fault was not met: ${JSON.stringify(refreshes)}.`)
      return sent - (statuses[200] ?? 0)
    },
  )
}

/** Passing failures of the endpoint, while requests go on. */
export const failures: Figure = async (stage) => [
  {
    name: 'Three 503s in a row, token valid: failed requests',
    unit: '',
    value: await failedIn(stage, { fault: unavailable }),
    target: 0,
  },
  {
    name: 'Three 503s in a row, token expired: failed requests',
    unit: '',
    value: await failedIn(stage, { fault: unavailable, lifetime: 'over' }),
    target: 0,
  },
  {
    name: 'A lost answer, endpoint replays: failed requests',
    unit: '',
    value: await failedIn(stage, { fault: lost, lifetime: 'over', idempotentRefresh: true }),
    target: 0,
  },
]
