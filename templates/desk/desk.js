// The desk's script. The page is whole without it: it only saves reloads and hands.
// Forms marked data-swap are sent by fetch, and the regions marked data-live are swapped from the page they lead to.
// @ts-check

const UNDO_MS = 15_000, TYPING_MS = 120, FETCH_MS = 8_000, AGO_MS = 20_000;

/** @template {Element} T @param {string} css @param {ParentNode} [from] @returns {T | null} */
const one = (css, from = document) => from.querySelector(css);
/** @template {Element} T @param {string} css @param {ParentNode} [from] @returns {T[]} */
const all = (css, from = document) => [...from.querySelectorAll(css)];

/* ---- The page as it stands ---- */

/** What names a field or link across two renderings of a page. @param {Element} el */
function nameOf(el) {
  if (el.id) return '#' + el.id;
  const form = el.closest('form')?.getAttribute('action') ?? '';
  return [form, el.getAttribute('name'), el.getAttribute('type') === 'checkbox' || el.tagName === 'BUTTON' ? el.getAttribute('value') : '',
    el.getAttribute('formaction'), el.getAttribute('href')].join(' ');
}

/** Drafts, ticks, open details and focus of a region, as a function that gives them to its successor. @param {Element} region */
function remember(region) {
  /** @type {Map<string, (el: any) => void>} */
  const kept = new Map();
  for (const el of /** @type {any[]} */ (all('input, textarea, select, details', region))) {
    if (el.dataset.keep === 'no' || el.type === 'hidden') continue;
    if (el.tagName === 'DETAILS') { const { open } = el; kept.set(nameOf(el), to => { to.open = open; }); }
    else if (el.type === 'checkbox' || el.type === 'radio') { const { checked } = el; if (checked !== el.defaultChecked) kept.set(nameOf(el), to => { to.checked = checked; }); }
    else if (el.tagName === 'SELECT') { const { value } = el; if (el.selectedIndex > 0) kept.set(nameOf(el), to => { to.value = value; }); }
    else if (el.value !== el.defaultValue) { const { value } = el; kept.set(nameOf(el), to => { to.value = value; }); }
  }
  const active = /** @type {any} */ (region.contains(document.activeElement) ? document.activeElement : null);
  const focus = active && active !== region ? nameOf(active) : null;
  const caret = active && 'selectionStart' in active ? [active.selectionStart, active.selectionEnd] : null;
  const row = all('[data-row]', region).findIndex(r => r.contains(active));
  return () => {
    let focused = false;
    for (const el of /** @type {any[]} */ (all('input, textarea, select, details, a, button', region))) {
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
  const answer = await fetch(url, { credentials: 'same-origin', ...how, signal: how.signal ?? AbortSignal.timeout(FETCH_MS) });
  return { answer, next: new DOMParser().parseFromString(await answer.text(), 'text/html') };
}

/* ---- Live ---- */

let asking = false, again = false;
async function refresh() {
  if (asking || document.hidden) { again = true; return; }
  asking = true; again = false;
  try {
    const { answer, next } = await page(location.href);
    // What was just done stays in view: a refresh brings no toast of its own.
    next.getElementById('toasts')?.remove();
    if (answer.ok && !answer.redirected) swap(next);
  } catch { /* The next change tries again; the page as it stands is still true to its time. */ }
  asking = false;
  if (again && !document.hidden) refresh();
}
if (one('#q') && one('#main')) {
  const live = new EventSource('/desk/live');
  live.addEventListener('message', e => { if (e.data === 'changed') refresh(); });
  live.addEventListener('changed', refresh);
  document.addEventListener('visibilitychange', () => { if (again) refresh(); });
}

/* ---- Forms without reload ---- */

document.addEventListener('submit', async event => {
  const form = /** @type {HTMLFormElement} */ (event.target);
  if (!form.matches('[data-swap]')) return;
  event.preventDefault();
  const button = /** @type {HTMLButtonElement | null} */ (event.submitter);
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
    swap(next);
  } catch {
    toast('That did not reach the server. Nothing was changed; try again.');
  }
  form.removeAttribute('aria-busy');
});

/** A failure in words; it stays until it is closed. @param {string} words */
function toast(words) {
  const box = document.createElement('div'), text = document.createElement('p');
  box.className = 'toast tone-bad';
  text.textContent = words;
  box.append(text);
  one('#toasts')?.replaceChildren(box);
  upgrade();
}

/* ---- Toasts: 15 s, longer while pointed at or focused, failures until closed ---- */

/** @type {ReturnType<typeof setTimeout> | undefined} */
let fading;
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
  const fade = () => { if (box.matches(':hover, :focus-within')) fading = setTimeout(fade, 2_000); else box.remove(); };
  fading = setTimeout(fade, UNDO_MS);
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
  for (const time of /** @type {HTMLTimeElement[]} */ (all('time[data-ago]'))) {
    const words = ago((Date.now() + drift - Date.parse(time.dateTime)) / 1000);
    if (time.textContent !== words) time.textContent = words;
  }
}
setInterval(() => { if (!document.hidden) tick(); }, AGO_MS);

/* ---- Search as you type ---- */

const box = /** @type {HTMLInputElement | null} */ (one('#q')), hits = /** @type {HTMLElement | null} */ (one('#hits'));
/** @type {AbortController | undefined} */
let typing;
/** @type {ReturnType<typeof setTimeout> | undefined} */
let pause;
box?.addEventListener('input', () => {
  clearTimeout(pause);
  typing?.abort();
  if (box.value.trim().length < 2) return closeHits();
  pause = setTimeout(find, TYPING_MS);
});
async function find() {
  if (!box || !hits) return;
  typing = new AbortController();
  try {
    const { answer, next } = await page('/desk/search?part=hits&q=' + encodeURIComponent(box.value.trim()), { signal: typing.signal });
    if (!answer.ok || answer.redirected) return;
    hits.replaceChildren(...document.importNode(next.body, true).childNodes);
    hits.hidden = false;
  } catch { /* Typed on, or no answer: Enter still asks the whole page. */ }
}
function closeHits() { if (hits) hits.hidden = true; }
one('.find')?.addEventListener('keydown', event => {
  const e = /** @type {KeyboardEvent} */ (event);
  if (e.key === 'Escape') { closeHits(); box?.focus(); return; }
  if (e.key !== 'ArrowDown' && e.key !== 'ArrowUp' || !hits || hits.hidden) return;
  e.preventDefault();
  const links = /** @type {HTMLElement[]} */ (all('a', hits));
  const at = links.indexOf(/** @type {HTMLElement} */ (document.activeElement)) + (e.key === 'ArrowDown' ? 1 : -1);
  (at < 0 ? box : links[Math.min(at, links.length - 1)])?.focus();
});
document.addEventListener('focusin', e => { if (!/** @type {Element} */ (e.target).closest('.find')) closeHits(); });
document.addEventListener('click', e => { if (!/** @type {Element} */ (e.target).closest('.find')) closeHits(); });

/* ---- Keys ---- */

/** @returns {HTMLElement[]} */
const rows = () => /** @type {HTMLElement[]} */ (all('#main [data-row]')).filter(row => row.offsetParent);
const rowNow = () => document.activeElement?.closest('#main [data-row]') ?? null;
/** @param {number} at */
function goTo(at) {
  const row = rows()[at];
  /** @type {HTMLElement | null} */ (row && one('.row-link, a, button, input', row))?.focus();
  row?.scrollIntoView({ block: 'nearest' });
}
/** Does what the row has for that key, or, without a row, the first on the page. @param {string} key */
function press(key) {
  const el = /** @type {HTMLElement | null} */ (one(`[data-key="${key}"]`, rowNow() ?? undefined) ?? (rowNow() ? null : one('.case')) && one(`#main [data-key="${key}"]`));
  if (el?.matches('textarea')) el.focus(); else el?.click();
  return !!el;
}
const keysOf = /** @type {HTMLDialogElement | null} */ (one('#keys'));
const single = /** @type {HTMLInputElement | null} */ (one('#single-keys'));
if (single) {
  single.checked = localStorage.getItem('single-keys') !== 'off';
  single.addEventListener('change', () => localStorage.setItem('single-keys', single.checked ? 'on' : 'off'));
}
const PLACES = /** @type {Record<string, string>} */ ({ h: 'home', l: 'late', m: 'may_be_missing', i: 'mine' });
let going = 0;
document.addEventListener('keydown', e => {
  if ((e.ctrlKey || e.metaKey) && e.key.toLowerCase() === 'k' && box) { e.preventDefault(); box.focus(); box.select(); return; }
  const at = /** @type {HTMLElement} */ (e.target);
  const writing = at.isContentEditable || at.matches('textarea, select, input:not([type=checkbox], [type=radio])');
  if (e.ctrlKey || e.metaKey || e.altKey || writing || keysOf?.open || single?.checked === false) return;
  if (key(e.key)) e.preventDefault();
});
/** @param {string} k */
function key(k) {
  if (going > Date.now() - 1500 && PLACES[k]) { /** @type {HTMLElement | null} */ (one(`[data-nav="${PLACES[k]}"]`))?.click(); return true; }
  const row = rowNow(), at = row ? rows().indexOf(/** @type {HTMLElement} */ (row)) : -1;
  switch (k) {
    case '/': box?.focus(); box?.select(); return true;
    case '?': keysOf?.showModal(); return true;
    case 'j': goTo(Math.min(at + 1, rows().length - 1)); return true;
    case 'k': goTo(Math.max(at - 1, 0)); return true;
    case 'g': going = Date.now(); return true;
    case 'z': /** @type {HTMLElement | null} */ (one('.toast .link'))?.click(); return true;
    case 's': if (row && !one('[data-key="s"]', row)) { snooze(row); return true; } return press(k);
    case 'x': case 'c': case 'e': case 'n': return press(k);
  }
  return false;
}
/** In a list, snoozing is a choice in the bulk bar: tick the row and go there. @param {Element} row */
function snooze(row) {
  const tick = /** @type {HTMLInputElement | null} */ (one('[name=alert]', row));
  if (tick && !tick.checked) tick.click();
  /** @type {HTMLElement | null} */ (one('#bulk-until'))?.focus();
}
one('#show-keys')?.addEventListener('click', () => keysOf?.showModal());

/* ---- Small upgrades, repeated after a swap ---- */

function count() {
  const picked = all('[name=alert]:checked').length, words = one('#picked');
  if (words) words.textContent = picked ? `${picked} selected` : 'With those selected';
}
document.addEventListener('change', count);
document.addEventListener('click', async e => {
  const button = /** @type {Element} */ (e.target).closest?.('[data-copy]');
  if (!button) return;
  const from = /** @type {any} */ (document.getElementById(button.getAttribute('data-copy') ?? ''));
  const words = one('span', button);
  try { await navigator.clipboard.writeText(from.value ?? from.textContent); if (words) words.textContent = 'Copied'; }
  catch { from.select?.(); }
});
function upgrade() {
  for (const el of /** @type {HTMLElement[]} */ (all('[data-copy], #show-keys'))) el.hidden = false;
  dressToast(); tick(); count();
}
upgrade();
