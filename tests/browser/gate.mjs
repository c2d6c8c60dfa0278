// What a browser sees of the product: access in every scheme, weight, content policy, focus, life without script.
//
//   node gate.mjs --demo BINARY   starts the demo, looks at its pages, desk and docs, ends it
//   node gate.mjs URL…            looks at these pages as at tracking pages (budget included)
//
// axe is injected over the debugging protocol: a script tag would be refused by our own content policy, and that is never
// switched off in tests. Its target-size rule is off by default and is switched on.
import { readFileSync } from 'node:fs';
import { chromium } from 'playwright-core';
import { MEMORY_MIB, start } from './demo.mjs';

const AXE = readFileSync(new URL('node_modules/axe-core/axe.min.js', import.meta.url), 'utf8');
const WCAG = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'];
const BUDGET = { bytes: 50 * 1024, script: 10 * 1024, requests: 6 };
const SLOW_LCP_MS = 5000, FOCUS_STOPS = 40, DESK_PAGES = 6, TRACKING_PAGES = 3, MOVES_WITHIN_MS = 30_000;
/** Looked at as well, whatever the home page leads to first. */
const DESK_ALSO = ['/desk/carriers?add=gls%2Ftrack_and_trace_v1', '/desk/files', '/desk/files/servers'];
const SMALL = { width: 320, height: 640 }, WIDE = { width: 1280, height: 800 };

/** @type {Record<string, import('playwright-core').BrowserContextOptions>} */
const SCHEMES = {
  light: { viewport: SMALL },
  dark: { viewport: SMALL, colorScheme: 'dark' },
  wide: { viewport: WIDE },
  'wide dark': { viewport: WIDE, colorScheme: 'dark' },
  forced: { viewport: WIDE, forcedColors: 'active', reducedMotion: 'reduce' },
  rtl: { viewport: SMALL, locale: 'ar' },
};

/** @type {string[]} */
const failures = [];
/** @param {boolean} ok @param {string} what */
const must = (ok, what) => { if (!ok) failures.push(what); };

/**
 * @typedef {{ bytes: number, script: number, requests: number, hosts: Set<string> }} Traffic
 * @typedef {{ page: import('playwright-core').Page, debug: import('playwright-core').CDPSession, traffic: Traffic, policy: string }} Visit
 * @typedef {import('playwright-core').BrowserContextOptions['storageState']} Session
 */

/**
 * @param {import('playwright-core').Browser} browser
 * @param {string} url
 * @param {import('playwright-core').BrowserContextOptions} options
 * @param {(visit: Visit) => Promise<void>} look
 */
async function visit(browser, url, options, look) {
  const context = await browser.newContext(options);
  try {
    const page = await context.newPage(), debug = await context.newCDPSession(page);
    /** @type {Traffic} */
    const traffic = { bytes: 0, script: 0, requests: 0, hosts: new Set() };
    const scripts = new Set();
    await page.addInitScript(() => {
      /** @type {any} */ (globalThis).refusedByPolicy = [];
      document.addEventListener('securitypolicyviolation', e => {
        /** @type {any} */ (globalThis).refusedByPolicy.push(`${e.violatedDirective} ${e.blockedURI}`);
      });
    });
    await debug.send('Network.enable');
    debug.on('Network.responseReceived', e => {
      if (e.response.url.startsWith('data:')) return;
      traffic.requests += 1; // counted here and not when finished: a live stream never finishes
      traffic.hosts.add(new URL(e.response.url).host);
      if (e.type === 'Script') scripts.add(e.requestId);
    });
    debug.on('Network.loadingFinished', e => {
      traffic.bytes += e.encodedDataLength;
      if (scripts.has(e.requestId)) traffic.script += e.encodedDataLength;
    });
    const response = await page.goto(url, { waitUntil: 'load' });
    await page.waitForTimeout(150);
    await look({ page, debug, traffic, policy: (await response?.headerValue('content-security-policy')) ?? '' });
  } finally {
    await context.close();
  }
}

/** @param {Visit} visit @param {string} where */
async function access({ page, debug }, where) {
  await debug.send('Runtime.evaluate', { expression: AXE });
  const result = await page.evaluate(tags => /** @type {any} */ (globalThis).axe.run(document, {
    runOnly: { type: 'tag', values: tags }, rules: { 'target-size': { enabled: true } },
  }), WCAG);
  for (const v of result.violations) {
    const first = v.nodes[0];
    failures.push(`${where}: ${v.impact} ${v.id} ×${v.nodes.length}: ${v.help}; first at ${first.target.join(' ')}: ${first.failureSummary?.split('\n')[1]?.trim() ?? ''}`);
  }
}

/** @param {Visit} visit @param {string} where */
async function focus({ page }, where) {
  for (let stop = 0; stop < FOCUS_STOPS; stop += 1) {
    await page.keyboard.press('Tab');
    const seen = await page.evaluate(() => {
      const at = document.activeElement;
      if (!at || at === document.body) return null;
      const style = getComputedStyle(at);
      const ring = (style.outlineStyle !== 'none' && style.outlineWidth !== '0px') || style.boxShadow !== 'none';
      return { ring, name: `${at.tagName.toLowerCase()} "${(at.textContent ?? '').trim().slice(0, 30)}"` };
    });
    if (seen === null) return;
    must(seen.ring, `${where}: no focus ring at stop ${stop}, ${seen.name}`);
  }
}

/**
 * @param {import('playwright-core').Browser} browser
 * @param {{ name: string, url: string, session?: Session, budget?: boolean, wholeWithoutScript?: boolean }} target
 */
async function inspect(browser, { name, url, session, budget = false, wholeWithoutScript = true }) {
  const before = failures.length;
  const signedIn = session ? { storageState: session } : {};
  for (const [scheme, options] of Object.entries(SCHEMES)) {
    const where = `${name} (${scheme})`;
    await visit(browser, url, { ...options, ...signedIn }, async v => {
      // A page that does not speak the language of this mode is mirrored by hand: its layout has to bear it.
      if (scheme === 'rtl') await v.page.evaluate(() => { document.documentElement.dir = 'rtl'; });
      const { bytes, script, requests, hosts } = v.traffic;
      const light = bytes <= BUDGET.bytes && script <= BUDGET.script && requests <= BUDGET.requests;
      must(!budget || light, `${where}: too heavy: ${bytes} bytes, ${script} of script, ${requests} requests`);
      must(hosts.size === 1, `${where}: asks other hosts: ${[...hosts].join(', ')}`);
      must(v.policy !== '', `${where}: no Content-Security-Policy`);
      const { sideways, refused, headings } = await v.page.evaluate(() => ({
        sideways: document.documentElement.scrollWidth > document.documentElement.clientWidth,
        refused: /** @type {string[]} */ (/** @type {any} */ (globalThis).refusedByPolicy),
        headings: document.querySelectorAll('h1').length,
      }));
      must(!sideways, `${where}: scrolls sideways`);
      must(refused.length === 0, `${where}: refused by our own policy: ${refused.join('; ')}`);
      must(headings === 1, `${where}: ${headings} h1`);
      await access(v, where);
      if (scheme === 'wide') await focus(v, where);
    });
  }
  if (wholeWithoutScript) await visit(browser, url, { javaScriptEnabled: false, viewport: SMALL, ...signedIn }, async ({ page }) => {
    const said = (await page.locator('main').first().innerText()).trim();
    must(said.length > 20, `${name}: says nothing without script`);
  });
  if (budget) await slow(browser, name, url);
  console.log(`${failures.length === before ? 'ok  ' : 'FAIL'}  ${name}  ${url}`);
}

/** An old phone on a bad line. @param {import('playwright-core').Browser} browser @param {string} name @param {string} url */
async function slow(browser, name, url) {
  await visit(browser, url, { viewport: SMALL }, async ({ page, debug }) => {
    await debug.send('Network.emulateNetworkConditions', { offline: false, latency: 800, downloadThroughput: 35 * 128, uploadThroughput: 15 * 128 });
    await debug.send('Emulation.setCPUThrottlingRate', { rate: 6 });
    await page.reload({ waitUntil: 'load', timeout: 60_000 });
    const painted = await page.evaluate(ms => new Promise(resolve => {
      new PerformanceObserver(list => resolve(list.getEntries().at(-1)?.startTime ?? -1)).observe({ type: 'largest-contentful-paint', buffered: true });
      setTimeout(() => resolve(-1), ms);
    }), SLOW_LCP_MS);
    must(painted > 0 && painted <= SLOW_LCP_MS, `${name}: largest paint after ${Math.round(painted)} ms on an old phone`);
  });
}

/** The desk's sign-in page, then its pages with the session that signing in gave.
 * @param {import('playwright-core').Browser} browser @param {string} url @param {import('./demo.mjs').Login | null} login */
async function desk(browser, url, login) {
  await inspect(browser, { name: 'sign-in', url });
  if (!login) return must(false, 'desk: the demo printed no login');
  const context = await browser.newContext({ viewport: WIDE }), page = await context.newPage();
  await page.goto(url);
  await page.locator('input[type=email], input[name=email]').first().fill(login.email);
  await page.locator('input[type=password]').first().fill(login.password);
  await Promise.all([page.waitForLoadState('load'), page.locator('input[type=password]').first().press('Enter')]);
  await page.waitForTimeout(500);
  await page.goto(url);
  const inside = (await page.locator('input[type=password]').count()) === 0;
  must(inside, 'desk: the printed login does not open it');
  const session = await context.storageState();
  const home = page.url().split('#')[0] ?? url;
  const links = inside ? await page.locator('a[href]').evaluateAll(all => all.map(a => /** @type {HTMLAnchorElement} */ (a).href.split('#')[0] ?? '')) : [];
  await context.close();
  if (!inside) return;
  const root = new URL(url).pathname;
  const pages = [...new Set(links)].filter(l => {
    const { origin, pathname } = new URL(l);
    return origin === new URL(url).origin && pathname.startsWith(root) && !/sign-?out|log-?out/.test(pathname) && l !== home;
  });
  // One of each kind: pages that differ only in an id or a question look alike.
  const kinds = new Map(pages.map(l => [new URL(l).pathname.replace(/\/[^/]{16,}/g, '/:id'), l]));
  await inspect(browser, { name: 'desk', url: home, session });
  const also = DESK_ALSO.map(path => new URL(path, url).href);
  for (const link of [...[...kinds.values()].slice(0, DESK_PAGES), ...also]) await inspect(browser, { name: `desk ${new URL(link).pathname}`, url: link, session });
}

/** Other tracking pages that the outbox's messages lead to: parcels in other states. The path's last segment is the token.
 * @param {import('playwright-core').Browser} browser @param {string} outbox @param {string} tracking */
async function otherTrackingPages(browser, outbox, tracking) {
  const context = await browser.newContext(), page = await context.newPage();
  await page.goto(outbox);
  const links = await page.locator('a[href]').evaluateAll(all => all.map(a => /** @type {HTMLAnchorElement} */ (a).href));
  await context.close();
  const folder = tracking.slice(0, tracking.lastIndexOf('/') + 1);
  return [...new Set(links)].filter(l => l.startsWith(folder) && l !== tracking).slice(0, TRACKING_PAGES);
}

/** How many events the tracking page tells. @param {string} url @returns {Promise<number>} */
async function told(url) {
  const answer = await fetch(url, { headers: { accept: 'application/json' } });
  const view = /** @type {{ parcels?: { events: unknown[] }[] }} */ (await answer.json());
  return (view.parcels ?? []).reduce((sum, parcel) => sum + parcel.events.length, 0);
}

/** @param {import('playwright-core').Browser} browser @param {string} binary */
async function demo(browser, binary) {
  const running = await start(binary);
  const { tracking, outbox, docs } = running.addresses;
  try {
    const before = await told(tracking), since = Date.now();
    await inspect(browser, { name: 'tracking page', url: tracking, budget: true });
    for (const url of await otherTrackingPages(browser, outbox, tracking)) await inspect(browser, { name: 'another tracking page', url, budget: true });
    await inspect(browser, { name: 'a link that leads nowhere', url: new URL('AAAAAAAAAAAAAAAAAAAAAA', tracking).href, budget: true });
    await inspect(browser, { name: 'look-up', url: new URL('/track', tracking).href, budget: true });
    await desk(browser, running.addresses.desk, running.login);
    await inspect(browser, { name: 'outbox', url: outbox });
    await inspect(browser, { name: 'API docs', url: docs });
    await new Promise(resolve => setTimeout(resolve, Math.max(0, since + MOVES_WITHIN_MS - Date.now())));
    must(await told(tracking) > before, 'demo: the printed tracking page gained no event in 30 s');
    const memory = running.memory();
    must(memory < MEMORY_MIB, `demo: uses ${Math.round(memory)} MiB`);
  } finally {
    const fault = await running.end();
    if (fault) failures.push(fault);
  }
}

const args = ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync', '--disable-dev-shm-usage'];
const browser = await chromium.launch({ executablePath: process.env['CHROMIUM'] ?? '/usr/bin/chromium', headless: true, args });
const [first, ...rest] = process.argv.slice(2);
try {
  if (first === '--demo' && rest[0]) await demo(browser, rest[0]);
  else if (first) for (const url of [first, ...rest]) await inspect(browser, { name: new URL(url).pathname, url, budget: true });
  else must(false, 'usage: node gate.mjs --demo BINARY | URL…');
} finally {
  await browser.close();
}
console.log(failures.map(f => `\n${f}`).join(''));
console.log(`\n${failures.length} failures in Chromium ${browser.version()}`);
process.exit(failures.length ? 1 : 0);
