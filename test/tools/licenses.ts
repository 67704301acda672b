import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { pnpm } from './pnpm.ts'

const root = join(import.meta.dirname, '../..')
const PAGE = join(root, 'docs/licenses.md')

/** What ships: whoever uses it owes a mention at most. */
const PERMISSIVE = ['MIT', 'ISC', '0BSD', 'BSD-2-Clause', 'BSD-3-Clause', 'Apache-2.0', 'BlueOak-1.0.0', 'CC0-1.0']
/** Tools: of these nothing is passed on, so that files which must stay open, and data to be credited, are fine too. */
const FOR_TOOLS = [...PERMISSIVE, 'MPL-2.0', 'CC-BY-4.0', 'CC-BY-3.0', 'Python-2.0', 'Unlicense', 'WTFPL']

/** Names of packages by the SPDX expression of their licence. */
export type Licenses = Readonly<Record<string, readonly string[]>>

/** Whether one of the alternatives is allowed with all its parts. */
function isAllowed(expression: string, allowed: readonly string[]): boolean {
  const alternatives = expression.replaceAll(/[()]/g, '').split(' OR ')
  return alternatives.some((alternative) => alternative.split(' AND ').every((license) => allowed.includes(license)))
}

/** @throws Error naming what has a licence that is not allowed */
export function checkLicenses(licenses: Licenses, allowed: readonly string[]): void {
  for (const [license, names] of Object.entries(licenses)) {
    if (!isAllowed(license, allowed)) throw new Error(`${names.join(', ')}: ${license} is not allowed here.`)
  }
}

async function licensesOf(name: string, kind: '--prod' | '--dev'): Promise<Licenses> {
  const listed = JSON.parse(await pnpm(['--filter', name, 'licenses', 'list', kind, '--json']))
  const licenses: Record<string, string[]> = {}
  for (const [license, packages] of Object.entries<Array<{ name: string }>>(listed)) {
    licenses[license] = [...new Set(packages.map(({ name }) => name))].toSorted()
  }
  return licenses
}

const listOf = (licenses: Licenses): string =>
  Object.entries(licenses)
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([license, names]) => `- ${license}: ${names.map((name) => `\`${name}\``).join(', ')}\n`)
    .join('')

/** What is installed for development and not on every machine is checked, and not listed. */
async function directTools(licenses: Licenses): Promise<Licenses> {
  const { devDependencies } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8'))
  const direct = Object.entries(licenses).map(([license, names]): [string, string[]] => [
    license,
    names.filter((name) => name in devDependencies),
  ])
  return Object.fromEntries(direct.filter(([, names]) => names.length > 0))
}

/**
 * The text of `docs/licenses.md`.
 * @throws Error naming what has a licence that is not allowed
 */
export async function licensesPage(): Promise<string> {
  const sdk = await licensesOf('@token-manager/sdk', '--prod')
  const server = await licensesOf('@token-manager/refresh-server', '--prod')
  const tools = await licensesOf('token-manager', '--dev')
  checkLicenses(sdk, PERMISSIVE)
  checkLicenses(server, PERMISSIVE)
  checkLicenses(tools, FOR_TOOLS)
  return `# Licences

TokenManager is under the [MIT licence](../LICENSE). What it brings along, with all that this depends on in turn, is
under permissive ones. Made by \`node test/tools/licenses.ts --write\`; a test holds this page to what is installed.

## What users of the SDK get

\`ky\` (MIT) besides, if they use \`/ky\`.

${listOf(sdk)}
## The refresh server

${listOf(server)}
## Development

Of these nothing is passed on. What they depend on in turn is checked, and differs from machine to machine.

${listOf(await directTools(tools))}`
}

if (import.meta.main) {
  const { values } = parseArgs({ options: { write: { type: 'boolean' } } })
  const page = await licensesPage()
  if (values.write) await writeFile(PAGE, page)
  else process.stdout.write(page)
}
