import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vitest/config'
import { countReporter } from './test/tools/count-reporter.ts'

// The SDK's source instead of its build: a test never runs on a stale dist.
const conditions = ['@token-manager/source', 'module', 'node', 'development|production']
const resolve = { conditions }
const ssr = { resolve: { conditions, externalConditions: conditions } }

const node = (name: string, include: string[], test: object = {}) => ({
  resolve,
  ssr,
  test: { name, include, environment: 'node', ...test },
})

const inBrowser = {
  globalSetup: fileURLToPath(new URL('test/tools/chromium-setup.ts', import.meta.url)),
  testTimeout: 120_000,
  hookTimeout: 120_000,
  fileParallelism: false,
  // Two slow cores can starve a browser of many tabs; what is wrong fails three times.
  retry: 2,
}

const withBackends = {
  ...inBrowser,
  globalSetup: [inBrowser.globalSetup, fileURLToPath(new URL('test/tools/django-setup.ts', import.meta.url))],
}

// What takes minutes: with CI=true only. Tests of one page; all in cookies on Django, and servers of ours behind nginx.
const MORE_PAGES = 'test/browser/{encrypted-store*,leaks,limits,origins,time}.test.ts'
const MORE_BACKENDS = 'test/interop/{django-cookies,redis}.test.ts'

// Set by the runner of `test`, which adds up what the projects count.
const tallyFile = process.env.TALLY_FILE

export default defineConfig({
  test: {
    reporters: tallyFile === undefined ? ['default'] : ['default', countReporter(tallyFile)],
    // Threads of one process would share channels and locks between files.
    pool: 'forks',
    passWithNoTests: false,
    projects: [
      {
        resolve,
        ssr,
        test: {
          name: 'unit',
          // For slow machines: a property of a hundred cases takes its time there.
          testTimeout: 20_000,
          include: [
            'packages/sdk/test/**/!(session|codec|features|runtime)/*.test.ts',
            'packages/sdk/test/*.test.ts',
            'test/{environment,docs/run}/*.test.ts',
          ],
          environment: fileURLToPath(new URL('test/environment/happy-dom-locks.ts', import.meta.url)),
          // Without it happy-dom sends a CORS preflight of its own, which no handler expects.
          environmentOptions: { happyDOM: { settings: { fetch: { disableSameOriginPolicy: true } } } },
          // A process per file would spend three times as long on making pages as on tests.
          isolate: false,
          setupFiles: fileURLToPath(new URL('test/environment/fresh-page.ts', import.meta.url)),
        },
      },
      // What knows no browser needs none, and no process of its own per file.
      node('rules', ['packages/sdk/test/{session,codec,features,runtime}/*.test.ts'], {
        testTimeout: 20_000,
        isolate: false,
      }),
      node('server', ['packages/{refresh-server,demo-app}/test/**/!(redis-*).test.ts'], {
        testTimeout: 20_000,
        isolate: false,
      }),
      // The same behaviour on the other store.
      node(
        'server-redis',
        [
          'packages/refresh-server/test/{audit/*,cli/erase,http/{auth-routes,cookie-routes,own-sessions},limits/*,report/*,sessions/{rotation*,session-limit},store/{contract,crash,trail,redis-*},ward/ward}.test.ts',
        ],
        {
          testTimeout: 20_000,
          setupFiles: fileURLToPath(new URL('packages/refresh-server/test/support/redis-setup.ts', import.meta.url)),
        },
      ),
      node('tools', ['test/{bench,docs,lint,tools}/*.test.ts'], { testTimeout: 60_000, isolate: false }),
      node('package', ['test/package/*.test.ts'], { testTimeout: 60_000 }),
      node('simulation', ['test/simulation/**/*.test.ts'], { testTimeout: 180_000 }),
      node('interop', ['test/interop/**/*.test.ts'], { ...withBackends, exclude: [MORE_BACKENDS] }),
      node('interop-more', [MORE_BACKENDS], withBackends),
      node('browser', ['test/browser/*.test.ts'], { ...inBrowser, exclude: [MORE_PAGES] }),
      node('browser-more', [MORE_PAGES], inBrowser),
      node('tabs', ['test/browser/{tabs,engines}/**/*.test.ts'], inBrowser),
    ],
  },
})
