import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { installWithApt } from './apt.ts'

const PACKAGES = ['python3-django', 'python3-djangorestframework', 'python3-djangorestframework-simplejwt']
/** The system's own: one that somebody built beside it does not see Debian's packages. */
const SYSTEM = '/usr/bin/python3'

/**
 * The path of a Python that has Django, its REST framework and SimpleJWT: the one that `DJANGO_PYTHON` names, the
 * system's, or the system's with Debian's packages, installed now. `undefined`, with a line that says why, where none
 * can be had. An empty `DJANGO_PYTHON` says that this is known already.
 *
 * @throws Error if `DJANGO_PYTHON` names something that has not all of them.
 */
export async function findDjango(): Promise<string | undefined> {
  const chosen = process.env.DJANGO_PYTHON
  if (chosen === '') return undefined
  if (chosen !== undefined) {
    if (hasAll(chosen)) return chosen
    throw new Error(`DJANGO_PYTHON is ${chosen}, which has no Django with SimpleJWT.`)
  }
  if (hasAll(SYSTEM)) return SYSTEM
  await installWithApt(PACKAGES)
  if (hasAll(SYSTEM)) return SYSTEM
  console.error(
    `There is no Django with SimpleJWT here and none could be installed (apt-get as root can: ${PACKAGES.join(' ')}).`,
  )
  return undefined
}

function hasAll(python: string): boolean {
  const check = 'import django, rest_framework, rest_framework_simplejwt'
  return existsSync(python) && spawnSync(python, ['-c', check], { stdio: 'ignore', timeout: 60_000 }).status === 0
}
