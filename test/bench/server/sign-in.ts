import { median, quantile, type Reading } from '../reading.ts'
import { signIn } from './browsers.ts'
import { onServer, QUICK, STORES, type StoreName, USUAL } from './on-server.ts'

const TIMES = 100

async function signInTimes(url: string, username: string, times: number): Promise<number[]> {
  const took: number[] = []
  for (let n = 0; n < times; n++) {
    const startedAt = performance.now()
    await signIn(url, username)
    took.push(performance.now() - startedAt)
  }
  return took
}

async function on(name: StoreName): Promise<Reading[]> {
  const [quick, usual] = await onServer(name, async (url) => {
    await signInTimes(url, QUICK, TIMES / 5)
    return [await signInTimes(url, QUICK, TIMES), await signInTimes(url, USUAL, TIMES / 5)] as const
  })
  return [
    { name: `Sign-in beside the password hash, ${name}, p99`, unit: 'ms', value: quantile(quick, 0.99), target: 100 },
    { name: `  ${name}, p50`, unit: 'ms', value: median(quick) },
    { name: `  ${name}, with a password hash as it should be, p50`, unit: 'ms', value: median(usual) },
  ]
}

/** Sign-ins one after the other, with a password hash that costs next to nothing: what is left is all else. */
export const signInTime = async (): Promise<Reading[]> => {
  const readings: Reading[] = []
  for (const name of STORES) readings.push(...(await on(name)))
  return readings
}
