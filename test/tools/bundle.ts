import { readFileSync } from 'node:fs'
import { SourceMap } from 'node:module'
import { join, relative, resolve } from 'node:path'
import { gzipSync } from 'node:zlib'
import { type OutputChunk, rolldown } from 'rolldown'

const root = join(import.meta.dirname, '../..')

export interface Size {
  minified: number
  gzipped: number
}

export interface BundledSize {
  /** What every browser loads. */
  eager: Size
  /** With what is loaded only where it is needed. */
  total: Size
  /** Minified bytes that each module gives to the bundle, the largest first. */
  modules: { module: string; bytes: number }[]
}

export interface BundleOptions {
  /** Packages that are not weighed. Default none. */
  without?: string[] | undefined
  /** Files whose functions do nothing, to see what an SDK without them would weigh. Default none. */
  emptied?: readonly string[]
}

/** Bytes of an entry with all that it imports, as a bundler ships it to a browser. */
export async function bundledSize(entry: string, options: BundleOptions = {}): Promise<BundledSize> {
  const { without = [], emptied = [] } = options
  const empty = new Map(emptied.map((file) => [file, emptyExports(readFileSync(file, 'utf8'))]))
  const bundle = await rolldown({
    input: entry,
    cwd: root,
    platform: 'browser',
    external: without,
    preserveEntrySignatures: false,
    resolve: { conditionNames: ['@token-manager/source', 'module', 'browser', 'production', 'import', 'default'] },
    transform: { target: 'es2022' },
    plugins: [
      {
        name: 'emptied',
        load(id) {
          const code = empty.get(id)
          return code === undefined ? null : { code, moduleType: 'js' }
        },
      },
    ],
  })
  const { output } = await bundle.generate({ minify: true, sourcemap: true, comments: false })
  await bundle.close()
  const chunks = output.filter((part) => part.type === 'chunk')
  const total = sizeOf(chunks)
  if (total.minified === 0) throw new Error(`Nothing is left of ${entry}.`)
  return { eager: sizeOf(chunks.filter(({ isDynamicEntry }) => !isDynamicEntry)), total, modules: modulesOf(chunks) }
}

function emptyExports(source: string): string {
  const names = source.matchAll(/^export (?:async )?(?:function|const|class) (\w+)/gm)
  return Array.from(names, ([, name]) => `export const ${name} = () => ({})`).join('\n')
}

function sizeOf(chunks: readonly OutputChunk[]): Size {
  return {
    minified: sum(chunks.map(({ code }) => Buffer.byteLength(code))),
    gzipped: sum(chunks.map(({ code }) => gzipSync(code, { level: 9 }).length)),
  }
}

/** Each minified character counts for the module that its source map names. */
function modulesOf(chunks: readonly OutputChunk[]): BundledSize['modules'] {
  const bytes = new Map<string, number>()
  for (const { code, map } of chunks) {
    if (map === null) continue
    const origins = new SourceMap({ ...map, file: map.file ?? '', sourceRoot: '' })
    for (const [line, text] of code.split('\n').entries()) {
      for (let column = 0; column < text.length; column++) {
        const entry = origins.findEntry(line, column)
        const source = 'originalSource' in entry ? entry.originalSource : undefined
        const module = source ? relative(root, resolve(root, 'dist', source)) : '(bundler)'
        bytes.set(module, (bytes.get(module) ?? 0) + 1)
      }
    }
  }
  return [...bytes].map(([module, bytes]) => ({ module, bytes })).sort((a, b) => b.bytes - a.bytes)
}

const sum = (numbers: number[]): number => numbers.reduce((total, number) => total + number, 0)
