import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join, relative } from 'node:path'

const root = join(import.meta.dirname, '../..')

/** A code block of a Markdown file. */
export interface Example {
  /** `README.md:42`, the line on which its code begins. */
  name: string
  code: string
  /** JavaScript is only parsed: it need not care what may be undefined. */
  language: 'ts' | 'js'
  /** Marked as one that can be run: ` ```ts run `. */
  runnable: boolean
}

/** The examples in a Markdown text, in its order. */
export function examplesIn(file: string, markdown: string): Example[] {
  const examples: Example[] = []
  const lines = markdown.split('\n')
  for (let index = 0; index < lines.length; index += 1) {
    const [, language, info = ''] = /^```(\w+) ?(.*)$/.exec(lines[index] ?? '') ?? []
    if (language === undefined) continue
    if (/^(tsx|jsx|javascript|typescript)$/.test(language)) {
      throw new Error(`${file}:${index + 1}: examples are marked as ts or js, so that they are checked.`)
    }
    const end = lines.indexOf('```', index)
    if (end === -1) throw new Error(`${file}:${index + 1}: this code block has no end.`)
    if (language === 'ts' || language === 'js') {
      const code = `${lines.slice(index + 1, end).join('\n')}\n`
      examples.push({ name: `${file}:${index + 2}`, code, language, runnable: info === 'run' })
    }
    index = end
  }
  return examples
}

/** The documents that users and contributors read, as paths from the root. */
export async function documents(): Promise<string[]> {
  const files = ['README.md', 'CONTRIBUTING.md', 'CHANGELOG.md', 'SECURITY.md']
  for (const folder of ['docs', 'packages', 'test']) {
    const entries = await readdir(join(root, folder), { recursive: true, withFileTypes: true })
    for (const { name, parentPath } of entries) {
      if (name.endsWith('.md') && !/node_modules|fixtures|generated/.test(parentPath))
        files.push(relative(root, join(parentPath, name)))
    }
  }
  return files
}

/** All examples in them. */
export async function allExamples(): Promise<Example[]> {
  const files = await documents()
  const texts = await Promise.all(files.map(async (file) => examplesIn(file, await readFile(join(root, file), 'utf8'))))
  return texts.flat()
}

/** Writes examples as modules to a folder that holds nothing else, and gives the path of each. */
export async function writeExamples(examples: readonly Example[], folder: string): Promise<string[]> {
  await rm(folder, { recursive: true, force: true })
  await mkdir(folder, { recursive: true })
  return Promise.all(
    examples.map(async ({ name, code, language }) => {
      const path = join(folder, `${name.replaceAll(/[^\w.-]/g, '_')}.${language}`)
      await writeFile(path, code)
      return path
    }),
  )
}
