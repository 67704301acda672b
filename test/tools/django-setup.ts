import { findDjango } from './django.ts'

/** Looks for Django once, before the first test: an installation takes longer than a test may. */
export async function setup(): Promise<void> {
  process.env.DJANGO_PYTHON = (await findDjango()) ?? ''
}
