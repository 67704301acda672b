import { back } from './back.ts'
import { endpoint } from './endpoint.ts'
import { manyTabs } from './many-tabs.ts'
import { opening } from './opening.ts'
import { pageLife } from './page-life.ts'
import { signOut } from './sign-out.ts'
import { stores } from './stores.ts'
import { unlocked } from './unlocked.ts'
import type { EngineTest } from './world.ts'

/** What every engine is shown to do. */
export function suite(test: EngineTest, engine: string): void {
  for (const part of [manyTabs, pageLife, endpoint, opening, back, signOut, unlocked, stores]) part(test, engine)
}
