import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { findServer, freePort } from './debian-server.ts'

const PLACES = ['/usr/sbin/nginx', '/usr/local/sbin/nginx', '/opt/homebrew/bin/nginx']
const CONFIGURATION = fileURLToPath(new URL('../../packages/refresh-server/nginx.conf', import.meta.url))
const LOOK_EVERY_MS = 20
const LOOKS = 500

export function findNginx(): Promise<string | undefined> {
  return findServer({ name: 'nginx', variable: 'NGINX_PATH', places: PLACES })
}

export interface Nginx {
  url: string
  close(): Promise<void>
}

export interface Site {
  /** Of the refresh servers, in the order in which the configuration names them. */
  upstreams: readonly string[]
  /** What else the site has: names of files, and what is in them. */
  files: Readonly<Record<string, string>>
}

/**
 * nginx on a port of this machine, without TLS, and with the configuration that the project recommends in all else.
 * `undefined` where there is none.
 */
export async function startNginx({ upstreams, files }: Site): Promise<Nginx | undefined> {
  const program = await findNginx()
  if (program === undefined) return undefined
  const folder = await mkdtemp(join(tmpdir(), 'nginx-'))
  const site = join(folder, 'site')
  await mkdir(site)
  // Its workers run as somebody else.
  await chmod(folder, 0o755)
  for (const [name, content] of Object.entries(files)) await writeFile(join(site, name), content)
  const port = await freePort()
  const configuration = join(folder, 'nginx.conf')
  await writeFile(configuration, complete(await readFile(CONFIGURATION, 'utf8'), { folder, site, port, upstreams }))

  const args = ['-p', folder, '-c', configuration]
  const checked = spawnSync(program, ['-t', '-q', ...args], { encoding: 'utf8' })
  if (checked.status !== 0) throw new Error(`nginx refuses the configuration: ${checked.stderr}`)
  const child = spawn(program, args, { stdio: ['ignore', 'ignore', 'inherit'] })
  const exited = once(child, 'exit')
  const url = `http://127.0.0.1:${port}`
  await answers(url)
  return {
    url,
    async close() {
      child.kill()
      await exited
      await rm(folder, { recursive: true })
    },
  }
}

interface Place {
  folder: string
  site: string
  port: number
  upstreams: readonly string[]
}

/** The recommended part as it is, but for names, ports and the certificate; and around it what Debian has by default. */
function complete(recommended: string, { folder, site, port, upstreams }: Place): string {
  let next = 0
  const part = recommended
    .replaceAll(/server 127\.0\.0\.1:\d+/g, () => `server ${new URL(upstreams[next++] ?? '').host}`)
    .replace('listen 443 ssl;', `listen 127.0.0.1:${port};`)
    .replace('server_name ward.example;', 'server_name _;')
    .replaceAll(/^ *ssl_certificate.*\n/gm, '')
    .replace('root /var/www/ward;', `root ${site};`)
  if (next !== upstreams.length) throw new Error(`The configuration names ${next} refresh servers.`)
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi']
  return `
daemon off;
worker_processes 2;
pid ${folder}/nginx.pid;
error_log ${folder}/error.log;
events { worker_connections 1024; }
http {
  access_log ${folder}/access.log;
  types { text/html html; text/javascript js; }
  # As careless as a configuration can be: what the recommended part does not switch off is cached for all.
  proxy_cache_path ${folder}/cache keys_zone=careless:1m;
  proxy_cache careless;
  proxy_cache_methods GET HEAD POST;
  proxy_cache_valid any 1h;
  proxy_ignore_headers Cache-Control Expires Set-Cookie Vary;
${temporary.map((name) => `  ${name}_temp_path ${folder}/${name};`).join('\n')}
${part}
}
`
}

async function answers(url: string): Promise<void> {
  for (let look = 1; ; look++) {
    const answer = await fetch(url).catch(() => undefined)
    if (answer !== undefined) return void (await answer.body?.cancel())
    if (look === LOOKS) throw new Error('nginx does not answer.')
    await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS))
  }
}
