import { registerHooks } from 'node:module'
import type { Story } from './stories.ts'
import type { Violation } from './violation.ts'

/** A rule of the SDK taken away, to show that the simulation notices. */
export interface Breakage {
  name: string
  /** Which invariant is to fall; no other is looked at, and only where it is I9 sessions have limits. */
  invariant: Violation['invariant']
  /** A history that shows it, so that it is found at once. Default the first. */
  seed?: number
  /** Only where locks fail it makes a difference. */
  hasLeaks?: true
  /** Only where there are no Web Locks it makes one. */
  hasLocks?: false
  /** Random histories seldom come to it: it is shown by this story. */
  story?: Story
  /** End of the file's path. */
  file: string
  find: string
  replace: string
}

/** Loads the SDK with the rule taken away, from now on and in this thread. */
export function breakSdk({ name, file, find, replace }: Breakage): void {
  registerHooks({
    load(url, context, nextLoad) {
      const loaded = nextLoad(url, context)
      if (!url.endsWith(file)) return loaded
      const source = String(loaded.source)
      // A mutation that finds nothing would show nothing.
      if (!source.includes(find)) throw new Error(`${name}: "${find}" is not in ${file}`)
      return { ...loaded, source: source.replace(find, replace) }
    },
  })
}
