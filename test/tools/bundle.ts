import { join, relative } from 'node:path'
import { gzipSync } from 'node:zlib'
import { build } from 'vite'

const root = join(import.meta.dirname, '../..')

export interface Size {
  minified: number
  gzipped: number
  /** What each module gives to the bundle, before it is minified, the largest first. */
  modules: { module: string; bytes: number }[]
}

/** Bytes of an entry with all that it imports, but for the packages named, as a bundler ships it to a browser. */
export async function bundledSize(entry: string, without: string[] = []): Promise<Size> {
  const result = await build({
    configFile: false,
    root,
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
  const chunks = outputs.filter((output) => output.type === 'chunk')
  const code = chunks.map((chunk) => chunk.code)
  if (code.join('') === '') throw new Error(`Nothing is left of ${entry}.`)
  return {
    minified: sum(code.map((text) => Buffer.byteLength(text))),
    gzipped: sum(code.map((text) => gzipSync(text, { level: 9 }).length)),
    modules: chunks
      .flatMap((chunk) => Object.entries(chunk.modules))
      .map(([id, { renderedLength }]) => ({ module: relative(root, id), bytes: renderedLength }))
      .sort((a, b) => b.bytes - a.bytes),
  }
}

const sum = (numbers: number[]): number => numbers.reduce((total, number) => total + number, 0)
