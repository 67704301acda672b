import { execFile } from 'node:child_process'
import { cp, mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'

const root = join(import.meta.dirname, '../..')
const rules = join(import.meta.dirname, 'rules')
const configs = ['biome.json', '.gitignore', 'test/lint/import-directions.json', 'test/lint/forbidden-globals.json']

/** What Biome said of a line: `path:line rule`. A rule of ours is named after its file. */
export interface Verdict {
  exitCode: number
  findings: string[]
}

/** A copy of the fixture's files under the rules of this workspace, and how to throw it away. */
export async function house(fixture: string): Promise<{ directory: string; remove: () => Promise<void> }> {
  const directory = await mkdtemp(join(tmpdir(), 'lint-'))
  for (const file of configs) await cp(join(root, file), join(directory, file))
  await cp(rules, join(directory, 'test/lint/rules'), { recursive: true })
  await cp(fixture, directory, { recursive: true })
  return { directory, remove: () => rm(directory, { recursive: true }) }
}

/** The names of our own rules by the message that each gives. */
async function pluginsByMessage(): Promise<Map<string, string>> {
  const plugins = new Map<string, string>()
  for (const file of await readdir(rules)) {
    const message = /message="([^"]+)"/.exec(await readFile(join(rules, file), 'utf8'))?.[1]
    if (message === undefined) throw new Error(`${file} has no message.`)
    plugins.set(message, `plugin/${basename(file, '.grit')}`)
  }
  return plugins
}

interface Diagnostic {
  category: string
  message: string
  location: { path: string; start: { line: number } }
}

export async function biome(command: 'lint' | 'check', directory: string): Promise<Verdict> {
  const plugins = await pluginsByMessage()
  const script = join(root, 'node_modules/@biomejs/biome/bin/biome')
  const args = [script, command, '--error-on-warnings', '--max-diagnostics=none', '--reporter=json', 'packages']
  const finding = ({ category, message, location }: Diagnostic): string => {
    const rule = category === 'plugin' ? plugins.get(message) : category.replace(/^lint\//, '')
    return `${location.path}:${location.start.line} ${rule}`
  }
  return new Promise((resolve, reject) => {
    const child = execFile(process.execPath, args, { cwd: directory }, (_error, stdout, stderr) => {
      if (!stdout.startsWith('{')) return reject(new Error(`Biome gave no report: ${stderr}`))
      const { diagnostics } = JSON.parse(stdout)
      resolve({ exitCode: child.exitCode ?? -1, findings: diagnostics.map(finding).sort() })
    })
  })
}
