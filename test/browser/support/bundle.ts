import { join } from 'node:path'
import { build } from 'vite'

const PAGE = join(import.meta.dirname, '../page/page.ts')

/** An entry with all that it imports as one ES module, the SDK from its source. */
export async function bundle(entry: string = PAGE): Promise<string> {
  const result = await build({
    configFile: false,
    root: join(import.meta.dirname, '../../..'),
    logLevel: 'error',
    resolve: { conditions: ['@token-manager/source', 'module', 'browser', 'production'] },
    build: {
      write: false,
      minify: false,
      target: 'es2022',
      modulePreload: false,
      rolldownOptions: { input: entry, output: { codeSplitting: false } },
    },
  })
  const outputs = [result].flat().flatMap((part) => ('output' in part ? part.output : []))
  const [chunk, ...others] = outputs.filter((output) => output.type === 'chunk')
  if (chunk === undefined || others.length > 0) throw new Error(`${entry} is not one module.`)
  return chunk.code
}
