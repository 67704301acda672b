import type { QuietPage } from '../quiet-page.ts'

declare global {
  /** Epoch milliseconds of the machine, with the resolution of `performance.now()`. */
  var wallNow: () => number
}

/** Gives a page a clock that can be compared with that of the others: `performance.timeOrigin` is guessed per process. */
export function setClock(tab: QuietPage): Promise<void> {
  return tab.evaluate(() => {
    const before = Date.now()
    let at = before
    while (at === before) at = Date.now()
    const aheadMs = at - performance.now()
    globalThis.wallNow = () => aheadMs + performance.now()
  })
}
