// Browser tests in the system's Chromium, at a desk and on a phone, against the real binary in demo mode.
import { defineConfig } from '@playwright/test';

const isCi = process.env['CI'] !== undefined;

export default defineConfig({
  testDir: 'test/e2e',
  testMatch: '*.test.ts',
  globalSetup: './test/e2e/retailer.ts',
  outputDir: 'test-results',
  // Two cores; each worker starts a binary of its own on a copy of one retailer.
  workers: isCi ? 2 : 1,
  fullyParallel: false,
  forbidOnly: isCi,
  retries: 0,
  timeout: 45_000,
  // One that hangs ends, and tells what it did until then.
  globalTimeout: isCi ? 1_200_000 : 0,
  expect: { timeout: 8_000 },
  use: {
    locale: 'en-GB',
    timezoneId: 'Europe/Kyiv',
    // What fades in has too little contrast until it is there.
    contextOptions: { reducedMotion: 'reduce' },
    // What is noted for a look at a failure costs the processor much: only for whoever looks.
    trace: isCi ? 'off' : { mode: 'retain-on-failure', screenshots: false, snapshots: true },
    screenshot: 'only-on-failure',
    launchOptions: { executablePath: process.env['BACKROOM_CHROMIUM'] ?? '/usr/bin/chromium', args: ['--no-sandbox'] },
  },
  projects: [
    { name: 'desk', use: { viewport: { width: 1280, height: 800 } }, testIgnore: '*.phone.test.ts' },
    {
      name: 'phone',
      use: { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true },
      testMatch: '*.phone.test.ts',
    },
  ],
});
