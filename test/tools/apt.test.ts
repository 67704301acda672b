import { existsSync } from 'node:fs'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { runInTurn } from './apt.ts'

// apt-get is there only where flock is: both belong to every Debian.
test.skipIf(!existsSync('/usr/bin/flock'))('two installations at once run one after the other', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'turn-'))
  onTestFinished(() => rm(folder, { recursive: true }))
  const log = join(folder, 'log')
  const install = `echo begins >> ${log}; sleep 0.2; echo ends >> ${log}`
  await Promise.all([runInTurn(install, join(folder, 'lock')), runInTurn(install, join(folder, 'lock'))])
  expect((await readFile(log, 'utf8')).trim().split('\n')).toEqual(['begins', 'ends', 'begins', 'ends'])
})
