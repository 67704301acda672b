import { execFile } from 'node:child_process'
import { cp, mkdir, readdir, readFile, realpath, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { pnpm } from '../tools/pnpm.ts'

const root = join(import.meta.dirname, '../..')
const sdk = join(root, 'packages/sdk')
const exec = promisify(execFile)

/** The path of the SDK's tarball, made as for the registry. */
export async function pack(directory: string): Promise<string> {
  await pnpm(['pack', '--pack-destination', directory], sdk)
  const [tarball] = (await readdir(directory)).filter((file) => file.endsWith('.tgz'))
  if (tarball === undefined) throw new Error('pnpm pack made no tarball.')
  return join(directory, tarball)
}

/**
 * A project that depends on the tarball and on ky. Their own dependencies come from this workspace, so that nothing is
 * fetched.
 */
export async function install(tarball: string, directory: string): Promise<void> {
  await mkdir(directory)
  const { dependencies } = JSON.parse(await readFile(join(sdk, 'package.json'), 'utf8'))
  const link = async (name: string) => `link:${await realpath(join(sdk, 'node_modules', name))}`
  const overrides: Record<string, string> = {}
  for (const name of Object.keys(dependencies)) overrides[name] = await link(name)
  const manifest = {
    private: true,
    type: 'module',
    dependencies: { '@token-manager/sdk': `file:${tarball}`, ky: await link('ky') },
  }
  await writeFile(join(directory, 'package.json'), JSON.stringify(manifest))
  await writeFile(join(directory, 'pnpm-workspace.yaml'), JSON.stringify({ packages: ['.'], overrides }))
  await cp(join(import.meta.dirname, 'consumer'), directory, { recursive: true })
  await pnpm(['install', '--offline', '--no-frozen-lockfile'], directory)
}

/** What a Node script prints. Rejects with all that it said if it fails. */
export async function node(args: string[], cwd: string): Promise<string> {
  try {
    return (await exec(process.execPath, args, { cwd })).stdout
  } catch (error) {
    throw new Error(`node ${args.join(' ')}\n${Object.values(error ?? {}).join('\n')}`, { cause: error })
  }
}
