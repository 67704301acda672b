import { execFile } from 'node:child_process'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type Example, writeExamples } from './examples.ts'

const root = join(import.meta.dirname, '../..')

/** What the compiler says of examples; nothing if all is well. */
export async function compile(examples: readonly Example[], folder: string): Promise<string> {
  const directory = join(import.meta.dirname, 'generated', folder)
  await writeExamples(examples, directory)
  const compilerOptions = {
    noEmit: true,
    composite: false,
    moduleDetection: 'force',
    types: ['node'],
    allowJs: true,
    checkJs: false,
    // An example need not use what it shows.
    noUnusedLocals: false,
    noUnusedParameters: false,
  }
  const config = { extends: '../../../../tsconfig.base.json', compilerOptions, include: ['*.ts', '*.js'] }
  await writeFile(join(directory, 'tsconfig.json'), JSON.stringify(config))
  const tsc = join(root, 'node_modules/typescript/bin/tsc')
  return new Promise((resolve) => {
    execFile(process.execPath, [tsc, '-p', directory], (_error, stdout, stderr) => resolve(stdout + stderr))
  })
}
