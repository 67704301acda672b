import { quantile, type Reading } from '../reading.ts'
import { refreshAtRate, refreshWithoutPause, signInMany } from './browsers.ts'
import { onServer, QUICK, type StoreName } from './on-server.ts'

const CONNECTIONS = 64
const RUN_MS = 10_000
const WARM_UP_MS = 2_000
const PER_SECOND = 200
const IN_A_CROWD = 1_000

const TITLES: Record<StoreName, string> = { embedded: 'Embedded store', redis: 'Redis' }

/** Refreshes on one process, with the load generator on the same cores. */
const refreshing = (name: StoreName) => (): Promise<Reading[]> =>
  onServer(name, async (url) => {
    const title = TITLES[name]
    const crowd = await signInMany(url, QUICK, IN_A_CROWD)
    const connections = crowd.slice(0, CONNECTIONS)
    await refreshWithoutPause(connections, WARM_UP_MS)
    const full = await refreshWithoutPause(connections, RUN_MS)
    const steady = await refreshAtRate(crowd, { perSecond: PER_SECOND, forMs: RUN_MS })
    return [
      {
        name: `${title}, ${CONNECTIONS} connections: refreshes per second`,
        unit: '',
        value: full.length / (RUN_MS / 1_000),
      },
      { name: `  ${CONNECTIONS} connections, p50`, unit: 'ms', value: quantile(full, 0.5) },
      { name: `  ${CONNECTIONS} connections, p99`, unit: 'ms', value: quantile(full, 0.99) },
      {
        name: `${title}, ${PER_SECOND} refreshes per second: p99`,
        unit: 'ms',
        value: quantile(steady, 0.99),
        target: 50,
      },
      { name: `  ${PER_SECOND} per second, p50`, unit: 'ms', value: quantile(steady, 0.5) },
    ]
  })

export const refreshEmbedded = refreshing('embedded')
export const refreshRedis = refreshing('redis')
