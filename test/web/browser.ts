/** The Chromium of this machine; without one, suites of the page say so and are left out, unless they are required. */
import { existsSync } from 'node:fs';
import { describe } from '@jest/globals';

const CANDIDATES = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];
export const EXECUTABLE = process.env.HOLDFAST_TEST_CHROMIUM ?? CANDIDATES.find((path) => existsSync(path));

if (!EXECUTABLE && process.env.HOLDFAST_TEST_SERVERS === 'required') throw new Error('No Chromium: apt-get install chromium');
if (!EXECUTABLE) console.warn('test/web is left out: there is no Chromium on this machine.');

export const describedInBrowser = EXECUTABLE ? describe : describe.skip;
export const LAUNCH = { executablePath: EXECUTABLE as string, args: ['--no-sandbox', '--disable-gpu'] };
