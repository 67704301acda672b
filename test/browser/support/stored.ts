import type { StoredSession } from '@token-manager/sdk'
import type { Page } from 'playwright-core'
import { record } from '../../../packages/sdk/test/support/record.ts'

/** A session as a manager would store it, long enough to be cut in half. */
export function aRecord(sid: string, generation: number): StoredSession {
  return record({ sid, generation, commitId: `${sid}-${generation}`, accessToken: `${sid}.${'x'.repeat(2_000)}` })
}

/** How many sealed records there are, what comes of exporting their keys, and whether any of them shows `secret`. */
export function lookIntoDatabase(page: Page, secret: string) {
  return page.evaluate(async (secret) => {
    const records = [...(await app.stored.storedRecords()).values()]
    const exports = records.map(async ({ key }) => {
      if (!(key instanceof CryptoKey)) return 'no key'
      return crypto.subtle.exportKey('raw', key).then(
        () => 'exported',
        ({ name }) => name,
      )
    })
    const texts = records.map(({ sealed, ...rest }) => {
      const bytes = sealed instanceof ArrayBuffer ? sealed : new ArrayBuffer(0)
      return JSON.stringify(rest) + new TextDecoder('latin1').decode(bytes)
    })
    return {
      records: records.length,
      exports: await Promise.all(exports),
      shown: texts.some((text) => text.includes(secret)),
    }
  }, secret)
}

/** Of every record, as can be read without its key. */
export function storedGenerations(page: Page) {
  return page.evaluate(async () => [...(await app.stored.storedRecords()).values()].map(({ generation }) => generation))
}

/** Changes one byte of each record. */
export function damage(page: Page): Promise<void> {
  return page.evaluate(async () => {
    for (const name of (await app.stored.storedRecords()).keys()) {
      await app.stored.changeStored(name, ({ sealed, ...rest }) => {
        const bytes = new Uint8Array(sealed instanceof ArrayBuffer ? sealed : [])
        bytes[20] = (bytes[20] ?? 0) ^ 1
        return { ...rest, sealed: bytes.buffer }
      })
    }
  })
}
