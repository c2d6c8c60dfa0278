// The desk's script. The page is whole without it: it only saves reloads and hands.
// data-swap forms go by fetch; data-live regions are swapped from the page they lead to.
// @ts-check

const UNDO_MS = 15_000, TYPING_MS = 120, FETCH_MS = 8_000, AGO_MS = 20_000;

/** @param {string} css @param {ParentNode} [from] @returns {any} */
const one = (css, from = document) => from.querySelector(css);
/** @param {string} css @param {ParentNode} [from] @returns {any[]} */
const all = (css, from = document) => [...from.querySelectorAll(css)];
/** @param {string} what @param {(e: any) => any} does @param {any} [at] */
const on = (what, does, at = document) => at?.addEventListener(what, does);

/* ---- The page as it stands ---- */

/** What names a field or link across two renderings of a page. @param {Element} el */
function nameOf(el) {
  if (el.id) return '#' + el.id;
  const form = el.closest('form')?.getAttribute('action') ?? '';
  const value = el.matches('[type=checkbox], button') && 'value';
  return [form, ...['name', 'formaction', 'href', value || ''].map(name => name && el.getAttribute(name))].join(' ');
}

/** Drafts, ticks, open details and focus of a region, as a function that gives them to its successor. @param {Element} region */
function remember(region) {
  /** @type {Map<string, (el: any) => void>} */
  const kept = new Map();
  for (const el of all('input, textarea, select, details', region)) {
    if (el.dataset.keep === 'no' || el.type === 'hidden') continue;
    const { open, checked, value } = el;
    const drafted = el.options ? [...el.options].some(o => o.selected !== o.defaultSelected) : checked !== el.defaultChecked || value !== el.defaultValue;
    if (el.tagName === 'DETAILS') kept.set(nameOf(el), to => { to.open = open; });
    else if (drafted) kept.set(nameOf(el), to => Object.assign(to, { checked, value }));
  }
  const active = all(':focus', region)[0];
  const focus = active && active !== region ? nameOf(active) : null;
  const caret = active && 'selectionStart' in active ? [active.selectionStart, active.selectionEnd] : null;
  const row = all('[data-row]', region).findIndex(r => r.contains(active));
  return () => {
    let focused = false;
    for (const el of all('input, textarea, select, details, a, button', region)) {
      const name = nameOf(el);
      kept.get(name)?.(el);
      if (name === focus && !focused) {
        focused = true;
        el.focus({ preventScroll: true });
        if (caret && caret[0] !== null && el.setSelectionRange) el.setSelectionRange(...caret);
      }
    }
    // The focused row was done and is gone: its neighbour takes over, so that the keys go on working.
    if (focus && !focused && row >= 0) goTo(Math.min(row, rows().length - 1));
  };
}

/** @param {Document} next */
function swap(next) {
  const now = next.documentElement.dataset.now;
  if (now) setClock(now);
  document.title = next.title || document.title;
  for (const region of all('[data-live]')) {
    const fresh = next.getElementById(region.id);
    if (!fresh || fresh.innerHTML === pristine.get(region.id)) continue;
    pristine.set(region.id, fresh.innerHTML);
    const restore = remember(region);
    region.replaceChildren(...document.importNode(fresh, true).childNodes);
    restore();
  }
  upgrade();
}

/** Each live region as the server last wrote it: what did not change is not touched. @type {Map<string, string>} */
const pristine = new Map();
for (const region of all('[data-live]')) pristine.set(region.id, region.innerHTML);

/** @param {string} url @param {RequestInit} [how] */
async function page(url, how = {}) {
  const answer = await fetch(url, { ...how, signal: how.signal ?? AbortSignal.timeout(FETCH_MS) });
  return { answer, next: new DOMParser().parseFromString(await answer.text(), 'text/html') };
}

/* ---- Live ---- */

let asking = false, again = false;
async function refresh() {
  if (asking || document.hidden) { again = true; return; }
  asking = true; again = false;
  try {
    const { answer, next } = await page(location.href, { headers: { 'x-refresh': '1' } });
    // What was just done stays in view: a refresh brings no toast of its own.
    next.getElementById('toasts')?.remove();
    if (answer.ok && !answer.redirected) swap(next);
  } catch { /* The next change tries again. */ }
  asking = false;
  if (again && !document.hidden) refresh();
}
if (one('#q') && one('#main')) {
  const live = new EventSource('/desk/live');
  live.addEventListener('message', e => { if (e.data === 'changed') refresh(); });
  live.addEventListener('changed', refresh);
  on('visibilitychange', () => { if (again) refresh(); });
}

/* ---- Forms without reload ---- */

on('submit', async event => {
  const form = event.target;
  if (!form.matches('[data-swap]')) return;
  event.preventDefault();
  const button = event.submitter;
  const action = button?.getAttribute('formaction') ?? form.getAttribute('action') ?? '';
  const body = new URLSearchParams(/** @type {any} */ (new FormData(form, button)));
  form.setAttribute('aria-busy', 'true');
  try {
    const { answer, next } = await page(action, { method: 'POST', body });
    if (new URL(answer.url).pathname === '/desk/login') { location.href = answer.url; return; }
    if (!next.getElementById('main')) throw new Error(answer.statusText);
    // A draft that was sent is no draft any more, and what was done to the ticked is done.
    if (answer.ok) form.reset();
    const back = new URL(answer.url);
    if (answer.redirected && back.pathname === location.pathname) history.replaceState(null, '', back);
    pristine.delete('toasts');
    swap(next);
  } catch {
    toast('That did not reach the server. Nothing was changed; try again.');
  }
  form.removeAttribute('aria-busy');
});

/** What a form would do is shown as soon as it is changed. */
on('change', async event => {
  const form = event.target.form;
  if (!form?.matches('[data-preview]')) return;
  const url = `${form.getAttribute('action')}?${new URLSearchParams(/** @type {any} */ (new FormData(form)))}`;
  try {
    const { answer, next } = await page(url);
    if (!answer.ok || answer.redirected) return;
    history.replaceState(null, '', url);
    swap(next);
  } catch { /* The button still asks. */ }
});

/** A failure in words; it stays until it is closed. @param {string} words */
function toast(words) {
  const box = document.createElement('div');
  box.className = 'toast tone-bad';
  box.append(words);
  one('#toasts')?.replaceChildren(box);
  upgrade();
}

/* ---- Toasts: 15 s, longer while pointed at or focused, failures until closed ---- */

let fading = 0;
function dressToast() {
  const box = one('.toast');
  if (!box || one('.close', box)) return;
  const close = document.createElement('button');
  close.type = 'button'; close.className = 'ghost close'; close.textContent = '×';
  close.setAttribute('aria-label', 'Close');
  close.addEventListener('click', () => box.remove());
  box.append(close);
  clearTimeout(fading);
  if (box.classList.contains('tone-bad')) return;
  const fade = () => { if (box.matches(':hover, :focus-within')) fading = window.setTimeout(fade, 2_000); else box.remove(); };
  fading = window.setTimeout(fade, UNDO_MS);
}

/* ---- Ages ---- */

let drift = 0;
/** The product's clock may not be ours (a sandbox moves it). @param {string} now */
function setClock(now) { drift = Date.parse(now) - Date.now() || 0; }
setClock(document.documentElement.dataset.now ?? '');

/** The server says the same words (`when.rs`, `ago`). @param {number} secs */
function ago(secs) {
  const s = Math.abs(secs);
  if (s < 60) return 'now';
  const amount = s < 3600 ? `${Math.floor(s / 60)} min` : s < 172800 ? `${Math.floor(s / 3600)} h` : `${Math.floor(s / 86400)} days`;
  return secs >= 0 ? `${amount} ago` : `in ${amount}`;
}
function tick() {
  for (const time of all('time[data-ago]')) {
    const words = ago((Date.now() + drift - Date.parse(time.dateTime)) / 1000);
    if (time.textContent !== words) time.textContent = words;
  }
}
setInterval(() => { if (!document.hidden) tick(); }, AGO_MS);

/* ---- Search as you type ---- */

const box = one('#q'), hits = one('#hits');
/** @type {AbortController | undefined} */
let typing;
let pause = 0;
on('input', () => {
  clearTimeout(pause);
  typing?.abort();
  if (box.value.trim().length < 2) return closeHits();
  pause = window.setTimeout(find, TYPING_MS);
}, box);
async function find() {
  if (!box || !hits) return;
  typing = new AbortController();
  try {
    const { answer, next } = await page('/desk/search?part=hits&q=' + encodeURIComponent(box.value.trim()), { signal: typing.signal });
    if (!answer.ok || answer.redirected) return;
    hits.replaceChildren(...document.importNode(next.body, true).childNodes);
    hits.hidden = false;
  } catch { /* Typed on, or no answer: Enter still asks. */ }
}
function closeHits() { if (hits) hits.hidden = true; }
on('keydown', e => {
  if (e.key === 'Escape') { closeHits(); box?.focus(); return; }
  if (e.key !== 'ArrowDown' && e.key !== 'ArrowUp' || !hits || hits.hidden) return;
  e.preventDefault();
  const links = all('a', hits);
  const at = links.indexOf(document.activeElement) + (e.key === 'ArrowDown' ? 1 : -1);
  (at < 0 ? box : links[Math.min(at, links.length - 1)])?.focus();
}, one('.find'));
for (const what of ['focusin', 'click']) on(what, e => {
  if (!e.target.closest('.find')) closeHits();
  for (const menu of all('.snooze[open]')) if (!menu.contains(e.target)) menu.open = false;
});

/* ---- Keys ---- */

const rows = () => all('#main [data-row]').filter(row => row.offsetParent);
const rowNow = () => document.activeElement?.closest('#main [data-row]') ?? null;
/** @param {number} at */
function goTo(at) {
  const row = rows()[at];
  (row && (one('.row-link', row) ?? one('a, button, input', row)))?.focus();
  row?.scrollIntoView({ block: 'nearest' });
}
/** Does what the row has for that key, or, without a row, the first on the page. @param {string} key */
function press(key) {
  const from = rowNow() ?? (one('.case') ? one('#main') : null);
  const el = from && one(`[data-key="${key}"]`, from);
  if (el?.matches('textarea')) el.focus(); else el?.click();
  return !!el;
}
const keysOf = one('#keys');
const single = one('#single-keys');
if (single) {
  single.checked = localStorage.getItem('single-keys') !== 'off';
  single.addEventListener('change', () => localStorage.setItem('single-keys', single.checked ? 'on' : 'off'));
}
/** @type {Record<string, string>} */
const PLACES = { h: 'home', l: 'late', m: 'may_be_missing', i: 'mine' };
let going = 0;
on('keydown', e => {
  if ((e.ctrlKey || e.metaKey) && e.key.toLowerCase() === 'k' && box) { e.preventDefault(); box.focus(); box.select(); return; }
  const at = e.target;
  const writing = at.isContentEditable || at.matches('textarea, select, input:not([type=checkbox], [type=radio])');
  if (e.ctrlKey || e.metaKey || e.altKey || writing || keysOf?.open || single?.checked === false) return;
  if (key(e.key)) e.preventDefault();
});
/** @param {string} k */
function key(k) {
  if (going > Date.now() - 1500 && PLACES[k]) { one(`[data-nav="${PLACES[k]}"]`)?.click(); return true; }
  const row = rowNow(), at = row ? rows().indexOf(row) : -1;
  switch (k) {
    case '/': box?.focus(); box?.select(); return true;
    case '?': keysOf?.showModal(); return true;
    case 'j': goTo(Math.min(at + 1, rows().length - 1)); return true;
    case 'k': goTo(Math.max(at - 1, 0)); return true;
    case 'g': going = Date.now(); return true;
    case 'z': one('.toast .link')?.click(); return true;
    case 's': if (row && !one('[data-key="s"]', row)) { snooze(row); return true; } return press(k);
    case 'x': case 'c': case 'e': case 'n': return press(k);
  }
  return false;
}
/** In a list, snoozing is a choice in the bulk bar: tick the row and go there. @param {Element} row */
function snooze(row) {
  const tick = one('[name=alert]', row);
  if (tick && !tick.checked) tick.click();
  one('#bulk-until')?.focus();
}
on('click', () => keysOf?.showModal(), one('#show-keys'));

/* ---- Small upgrades, repeated after a swap ---- */

function count() {
  const picked = all('[name=alert]:checked').length, words = one('#picked');
  if (words) words.textContent = picked ? `${picked} selected` : 'With those selected';
}
on('change', count);
on('click', async e => {
  const button = e.target.closest?.('[data-copy]');
  if (!button) return;
  const from = one('#' + button.dataset.copy);
  const words = one('span', button);
  try { await navigator.clipboard.writeText(from.value ?? from.textContent); if (words) words.textContent = 'Copied'; }
  catch { from.select?.(); }
});
function upgrade() {
  for (const el of all('[data-copy], #show-keys')) el.hidden = false;
  dressToast(); tick(); count();
}
upgrade();
