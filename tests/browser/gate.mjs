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
import { furnish } from './furnish.mjs';

const AXE = readFileSync(new URL('node_modules/axe-core/axe.min.js', import.meta.url), 'utf8');
const WCAG = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'];
const BUDGET = { bytes: 50 * 1024, script: 10 * 1024, requests: 6 };
const SLOW_LCP_MS = 5000, FOCUS_STOPS = 40, MOVES_WITHIN_MS = 30_000;
/** Tracking pages beside the printed one: of parcels of which this was told last. */
const TRACKING_PAGES = ['may_be_missing', 'ready_for_collection', 'delivered'];
/** Of the desk's pages so many are looked at at once. */
const EYES = 2;
/** What is asked by a form, and so is found by no link. */
const DESK_ALSO = ['/desk/carriers?add=gls%2Ftrack_and_trace_v1', '/desk/search?q=an', '/desk/corrections?from=royalmail&carrier=evri'];
/** Questions that make another page. */
const ASKED = ['add', 'from', 'payload', 'q'];
/** Addresses of the desk that answer a file, or lead out of it. */
const NO_PAGES = /\/(export|page|result)$/;
/** Which of the desk's pages must have been found, so that none is lost unseen; those with an id are made before (`furnish.mjs`). */
const DESK_MUST = [
  '/desk', '/desk/queues/late', '/desk/queues/may_be_missing', '/desk/shipments', '/desk/shipments/:id', '/desk/orders/:id', '/desk/unmatched',
  '/desk/quarantine', '/desk/codes', '/desk/received', '/desk/received/:id', '/desk/mappings', '/desk/mappings/new?payload', '/desk/mappings/:id',
  '/desk/corrections', '/desk/hooks', '/desk/rules', '/desk/rules/new', '/desk/rules/:id', '/desk/files', '/desk/files/:id', '/desk/files/servers', '/desk/files/servers/:id', '/desk/sending', '/desk/settings/:id',
  '/desk/calendars', '/desk/carriers', '/desk/carriers/:id', '/desk/webhooks', '/desk/webhooks/:id',
];
const SMALL = { width: 320, height: 640 }, WIDE = { width: 1280, height: 800 };

/** @typedef {{ name: string, viewport: typeof SMALL, dark?: true, forced?: true, rtl?: true, focus?: true }} Look */
/** A page is loaded once and looked at in several ways: what follows is the platform's and the style sheet's to do.
 * @type {Look[]} */
const SMALL_LOOKS = [{ name: 'light', viewport: SMALL }, { name: 'dark', viewport: SMALL, dark: true }];
/** @type {Look[]} */
const WIDE_LOOKS = [
  { name: 'wide dark', viewport: WIDE, dark: true }, { name: 'forced', viewport: WIDE, forced: true }, { name: 'wide', viewport: WIDE, focus: true },
];
/** @type {Look} */
const MIRRORED = { name: 'rtl', viewport: SMALL, rtl: true };

/** @type {string[]} */
const failures = [];
/** @param {boolean} ok @param {string} what */
const must = (ok, what) => { if (!ok) failures.push(what); };

/**
 * @typedef {{ bytes: number, script: number, requests: number, hosts: Set<string> }} Traffic
 * @typedef {{ page: import('playwright-core').Page, debug: import('playwright-core').CDPSession, traffic: Traffic, policy: string }} Visit
 * @typedef {import('playwright-core').BrowserContextOptions['storageState']} Session
 * @typedef {{ name: string, url: string, session?: Session, budget?: boolean, within?: boolean, found?: (links: string[]) => void }} Target
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
async function access({ page }, where) {
  const result = await page.evaluate(tags => /** @type {any} */ (globalThis).axe.run(document, {
    runOnly: { type: 'tag', values: tags }, rules: { 'target-size': { enabled: true } },
  }), WCAG);
  for (const v of result.violations) {
    const first = v.nodes[0];
    failures.push(`${where}: ${v.impact} ${v.id} ×${v.nodes.length}: ${v.help}; first at ${first.target.join(' ')}: ${first.failureSummary?.split('\n')[1]?.trim() ?? ''}`);
  }
}

/** @param {Visit} visit @param {string} where @param {boolean} within  begins in the content: what stands around it is looked at elsewhere */
async function focus({ page }, where, within) {
  if (within) await page.locator('main').first().focus();
  for (let stop = 0; stop < FOCUS_STOPS; stop += 1) {
    await page.keyboard.press('Tab');
    const seen = await focused(page.mainFrame());
    if (seen === null) return;
    // Within a frame, a message's say, the ring is around what is in focus there.
    const inside = seen.isFrame ? await Promise.all(page.frames().slice(1).map(focused)) : [];
    must(seen.ring || inside.some(at => at?.ring), `${where}: no focus ring at stop ${stop}, ${seen.name}`);
  }
}

/** @param {import('playwright-core').Frame} frame */
const focused = frame => frame.evaluate(() => {
  const at = document.activeElement;
  if (!at || at === document.body) return null;
  const style = getComputedStyle(at);
  const ring = (style.outlineStyle !== 'none' && style.outlineWidth !== '0px') || style.boxShadow !== 'none';
  return { ring, isFrame: at.tagName === 'IFRAME', name: `${at.tagName.toLowerCase()} "${(at.textContent ?? '').trim().slice(0, 30)}"` };
});

/** What stands out of the window or of the box that holds it, though nothing lets it scroll there. @param {Visit} visit @param {string} where */
async function overflow({ page }, where) {
  const outside = await page.evaluate(() => {
    const scrolls = (/** @type {Element} */ el) => getComputedStyle(el).overflowX !== 'visible';
    const says = (/** @type {Element} */ el) => `${el.tagName.toLowerCase()} "${(el.textContent ?? '').trim().slice(0, 30)}"`;
    return [...document.querySelectorAll('main :is(input, select, textarea, button, .button, p, h1, h2, h3, td, th, li)')].flatMap(el => {
      const box = el.getBoundingClientRect(), holder = el.parentElement?.getBoundingClientRect();
      if (box.width === 0 || !holder || !el.checkVisibility() || getComputedStyle(el).position !== 'static') return [];
      for (let up = el.parentElement; up && up.tagName !== 'MAIN'; up = up.parentElement) if (scrolls(up)) return [];
      return box.left < holder.left - 1 || box.right > holder.right + 1 ? [says(el)] : [];
    });
  });
  must(outside.length === 0, `${where}: stands out of what holds it: ${outside.slice(0, 3).join(', ')}`);
}

/** @param {import('playwright-core').Browser} browser @param {Target} target */
async function inspect(browser, { name, url, session, budget = false, within = false, found }) {
  const signedIn = session ? { storageState: session } : {};
  // A page of the desk speaks one language in every mode and is mirrored by hand: its layout has to bear it.
  const loads = session
    ? [{ looks: [...SMALL_LOOKS, MIRRORED, ...WIDE_LOOKS], more: {} }]
    : [{ looks: SMALL_LOOKS, more: {} }, { looks: [MIRRORED], more: { locale: 'ar' } }, { looks: WIDE_LOOKS, more: {} }];
  for (const { looks, more } of loads) await visit(browser, url, { viewport: looks[0]?.viewport ?? SMALL, ...more, ...signedIn }, async v => {
    const { bytes, script, requests, hosts } = v.traffic;
    const light = bytes <= BUDGET.bytes && script <= BUDGET.script && requests <= BUDGET.requests;
    must(!budget || light, `${name}: too heavy: ${bytes} bytes, ${script} of script, ${requests} requests`);
    must(hosts.size === 1, `${name}: asks other hosts: ${[...hosts].join(', ')}`);
    must(v.policy !== '', `${name}: no Content-Security-Policy`);
    await v.debug.send('Runtime.evaluate', { expression: AXE });
    for (const look of looks) await see(v, `${name} (${look.name})`, look, within);
    found?.(await v.page.locator('a[href]').evaluateAll(all => all.map(a => /** @type {HTMLAnchorElement} */ (a).href.split('#')[0] ?? '')));
  });
  await visit(browser, url, { javaScriptEnabled: false, viewport: SMALL, ...signedIn }, async ({ page }) => {
    const said = (await page.locator('main').first().innerText()).trim();
    must(said.length > 20, `${name}: says nothing without script`);
  });
  if (budget) await slow(browser, name, url);
  const fine = !failures.some(f => f.startsWith(`${name}: `) || f.startsWith(`${name} (`));
  console.log(`${fine ? 'ok  ' : 'FAIL'}  ${name}  ${url}`);
}

/** @param {Visit} v @param {string} where @param {Look} look @param {boolean} within */
async function see(v, where, look, within) {
  await v.page.setViewportSize(look.viewport);
  await v.page.emulateMedia({
    colorScheme: look.dark ? 'dark' : 'light', forcedColors: look.forced ? 'active' : 'none', reducedMotion: look.forced ? 'reduce' : 'no-preference',
  });
  await v.page.evaluate(dir => { document.documentElement.dir = dir; }, look.rtl ? 'rtl' : 'ltr');
  const { sideways, refused, headings } = await v.page.evaluate(() => ({
    sideways: document.documentElement.scrollWidth > document.documentElement.clientWidth,
    refused: /** @type {string[]} */ (/** @type {any} */ (globalThis).refusedByPolicy),
    headings: document.querySelectorAll('h1').length,
  }));
  must(!sideways, `${where}: scrolls sideways`);
  must(refused.length === 0, `${where}: refused by our own policy: ${refused.join('; ')}`);
  must(headings === 1, `${where}: ${headings} h1`);
  await overflow(v, where);
  await access(v, where);
  if (look.focus) await focus(v, where, within);
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

/** The desk's sign-in page, then every kind of page that can be reached from its home with the session that signing in gave.
 * @param {import('playwright-core').Browser} browser @param {string} url @param {import('./demo.mjs').Login | null} login */
async function desk(browser, url, login) {
  await inspect(browser, { name: 'sign-in', url });
  if (!login) return must(false, 'desk: the demo printed no login');
  const context = await browser.newContext({ viewport: WIDE }), page = await context.newPage();
  await page.goto(url);
  await page.locator('input[type=email], input[name=email]').first().fill(login.email);
  await page.locator('input[type=password]').first().fill(login.password);
  await Promise.all([page.waitForURL(/\/desk$/), page.locator('input[type=password]').first().press('Enter')]);
  const inside = (await page.locator('input[type=password]').count()) === 0;
  must(inside, 'desk: the printed login does not open it');
  const session = await context.storageState();
  if (!inside) return context.close();
  const furnished = await furnish(page);
  failures.push(...furnished.failures);
  await context.close();
  await walk(browser, [url, ...DESK_ALSO.map(path => new URL(path, url).href), furnished.assistant], session);
}

/** Without ids; with the names of what is asked, where the asking makes another page. @param {string} url */
function kindOf(url) {
  const { pathname, searchParams } = new URL(url);
  const plain = pathname.replace(/^(\/desk\/(?:orders|settings))\/[^/]+/, '$1/:id').replace(/\/[^/]{16,}/g, '/:id');
  const question = [...searchParams.keys()].filter(name => ASKED.includes(name)).join('&');
  return question ? `${plain}?${question}` : plain;
}

/** From the home page along every link: one of each kind, because pages that differ only in an id or a question look alike.
 * @param {import('playwright-core').Browser} browser @param {string[]} starts  home first @param {Session} session */
async function walk(browser, [home = '', ...ahead], session) {
  const { origin } = new URL(home), seen = new Set([home, ...ahead].map(kindOf));
  const take = (/** @type {string[]} */ links) => {
    for (const link of links) {
      const { origin: whose, pathname } = new URL(link), kind = kindOf(link);
      if (whose !== origin || !/^\/desk\//.test(pathname) || NO_PAGES.test(pathname) || seen.has(kind)) continue;
      seen.add(kind);
      ahead.push(link);
    }
  };
  const look = async () => {
    for (let url = ahead.shift(); url; url = ahead.shift()) {
      const { pathname, search } = new URL(url);
      await inspect(browser, { name: `desk ${pathname}${search}`, url, session, within: true, found: take });
    }
  };
  await inspect(browser, { name: 'desk', url: home, session, found: take });
  await Promise.all(Array.from({ length: EYES }, look));
  for (const kind of DESK_MUST) must(seen.has(kind), `desk: no page of the kind ${kind} was found`);
}

/** Other tracking pages, to which the messages in the outbox lead: parcels of which something else was told last.
 * @param {string} tracking @param {string | null} key */
async function otherTrackingPages(tracking, key) {
  const answer = await fetch(new URL('/api/v1/sandbox/outbox', tracking), { headers: { authorization: `Bearer ${key}` } });
  const { data } = /** @type {{ data: { change: string, text: string }[] }} */ (await answer.json());
  const folder = tracking.slice(0, tracking.lastIndexOf('/') + 1);
  const told = new Map(data.flatMap(({ change, text }) => {
    const link = text.split(/\s/).find(word => word.startsWith(folder));
    return link && link !== tracking ? [[link, change]] : [];
  }));
  const page = new Map([...told].map(([link, change]) => [change, link]));
  const pages = TRACKING_PAGES.flatMap(change => page.get(change) ?? []);
  must(pages.length === TRACKING_PAGES.length, `demo: no page of a parcel of which one of these was told last: ${TRACKING_PAGES.join(', ')}; there are ${[...page.keys()].join(', ')}`);
  return pages;
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
    for (const url of await otherTrackingPages(tracking, running.key)) await inspect(browser, { name: 'another tracking page', url, budget: true });
    await inspect(browser, { name: 'a link that leads nowhere', url: new URL('AAAAAAAAAAAAAAAAAAAAAA', tracking).href, budget: true });
    await inspect(browser, { name: 'look-up', url: new URL('/track', tracking).href, budget: true });
    await desk(browser, running.addresses.desk, running.login);
    await inspect(browser, { name: 'outbox', url: outbox });
    await inspect(browser, { name: 'states', url: new URL('/states', outbox).href });
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
