import type { Tokens } from '../support/test-server.ts'

/** @returns the refresh token after that number of successful refreshes */
export async function rotateOften(
  rotate: (token: string) => Promise<Tokens>,
  { refresh }: Tokens,
  times: number,
): Promise<string> {
  let token = refresh
  for (let time = 0; time < times; time += 1) token = (await rotate(token)).refresh
  return token
}

/** Sequentially. */
export async function statusesOf(requests: readonly (() => Promise<Response>)[]): Promise<number[]> {
  const statuses: number[] = []
  for (const request of requests) statuses.push((await request()).status)
  return statuses
}
