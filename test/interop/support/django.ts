import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { findDjango } from '../../tools/django.ts'

const PROJECT = join(import.meta.dirname, '../django')

export interface DjangoOptions {
  /** Default: 15 minutes. */
  accessLifetimeS?: number
  /** `ROTATE_REFRESH_TOKENS` and `BLACKLIST_AFTER_ROTATION`. Default true. */
  rotates?: boolean
  /** Whose request renews cookies: that of the browser, or any, by a middleware. Default `browser`. */
  renewedBy?: 'browser' | 'server'
}

export interface DjangoCounts {
  /** Refresh tokens that were ever issued. */
  outstanding: number
  blacklisted: number
  /** How often one was used that stood on the blacklist. */
  blacklistedUses: number
}

export interface Django {
  url: string
  counts(): Promise<DjangoCounts>
  close(): Promise<void>
}

/** Starts a site with an empty database, on a free port of 127.0.0.1. Undefined where there is no Django. */
export async function startDjango(options: DjangoOptions = {}): Promise<Django | undefined> {
  const python = await findDjango()
  if (python === undefined) return undefined
  const { accessLifetimeS = 900, rotates = true, renewedBy = 'browser' } = options
  const directory = await mkdtemp(join(tmpdir(), 'django-'))
  const child = spawn(python, [join(PROJECT, 'serve.py')], {
    env: {
      ...process.env,
      PYTHONDONTWRITEBYTECODE: '1',
      DATA_DIRECTORY: directory,
      ACCESS_LIFETIME_S: `${accessLifetimeS}`,
      ROTATION: rotates ? 'on' : 'off',
      RENEWED_BY: renewedBy,
    },
    stdio: ['pipe', 'pipe', 'pipe'],
  })
  let complaints = ''
  child.stderr.on('data', (chunk) => {
    complaints += chunk
  })
  const ended = once(child, 'exit').then(() => undefined)
  const port = await Promise.race([once(createInterface(child.stdout), 'line'), ended])
  if (port === undefined) throw new Error(`Django did not start: ${complaints}`)
  const url = `http://127.0.0.1:${port[0]}`

  return {
    url,
    async counts() {
      const answer = await fetch(`${url}/fixture/counts`)
      return answer.json()
    },
    async close() {
      child.stdin.end()
      await ended
      await rm(directory, { recursive: true })
      // What goes wrong in a view would otherwise only show as an answer that some test expects.
      if (complaints !== '') throw new Error(`Django complained: ${complaints}`)
    },
  }
}
