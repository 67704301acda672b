import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { build } from 'vite'

export interface Size {
  minified: number
  gzipped: number
}

/** Bytes of an entry with all that it imports, but for the packages named, as a bundler ships it to a browser. */
export async function bundledSize(entry: string, without: string[] = []): Promise<Size> {
  const result = await build({
    configFile: false,
    root: join(import.meta.dirname, '../..'),
    logLevel: 'error',
    resolve: { conditions: ['@token-manager/source', 'module', 'browser', 'production'] },
    build: {
      write: false,
      minify: true,
      target: 'es2022',
      modulePreload: false,
      rolldownOptions: { input: entry, external: without },
    },
  })
  const outputs = [result].flat().flatMap((part) => ('output' in part ? part.output : []))
  const code = outputs.map((output) => (output.type === 'chunk' ? output.code : ''))
  if (code.join('') === '') throw new Error(`Nothing is left of ${entry}.`)
  return {
    minified: sum(code.map((text) => Buffer.byteLength(text))),
    gzipped: sum(code.map((text) => gzipSync(text, { level: 9 }).length)),
  }
}

const sum = (numbers: number[]): number => numbers.reduce((total, number) => total + number, 0)
